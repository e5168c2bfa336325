"""awork's contract as a list of facts, made by `tests.contract.make`."""

import json
from pathlib import Path

from tests.standin_checks import Contract

FACTS = json.loads(Path(__file__).with_name("contract.json").read_text())
CONTRACT = Contract(FACTS)
