"""Who may call which endpoint, from awork's contract (`rights.json`, written by `tests.contract.make`).

awork checks more for some endpoints, such as whether the caller may see the task; see the operations.
"""

import json
import re
from pathlib import Path

from portal.standin.entities import StandinUser
from portal.standin.errors import forbidden
from portal.standin.queries import ReadOnlyWorld

Rights = dict[str, str]
PARAMETER = re.compile(r"\{\w+\}|<[\w:]+>")  # in the contract's paths, and in ours
FILE = Path(__file__).with_name("rights.json")


def shape(path: str) -> str:
    """A path without the names of its parameters."""
    return PARAMETER.sub("*", path.strip("/"))


RIGHTS: dict[str, dict[str, Rights]] = {
    shape(path): {method.upper(): rights for method, rights in methods.items()}
    for path, methods in json.loads(FILE.read_text()).items()
}


def require_access(world: ReadOnlyWorld, person: StandinUser, route: str, method: str) -> None:
    """Raise an error unless the person has one of the rights that are enough for this endpoint."""
    if not any(has(world, person, *right) for right in RIGHTS[shape(route)][method].items()):
        raise forbidden()


def has(world: ReadOnlyWorld, person: StandinUser, feature: str, level: str) -> bool:
    """Whether the person has a right; administrators have all."""
    return feature == "any" or world.has_permission(person, (feature, level))
