"""How each format is made from the object of our own JSON lines."""

from collections.abc import Callable
from typing import Any

from invites.models.webhook import Format
from invites.stream import ocsf

FORMATS: dict[str, Callable[[dict[str, Any]], dict[str, Any]] | None] = {
    Format.JSONL.value: None,  # as they are
    Format.OCSF.value: ocsf.event_of,
}
