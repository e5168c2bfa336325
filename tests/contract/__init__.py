"""awork's API contract, extracted from its OpenAPI document by `tests.contract.make`."""

import json
from pathlib import Path

from tests.standin_checks import Contract

FACTS = json.loads(Path(__file__).with_name("contract.json").read_text())
CONTRACT = Contract(FACTS)
