"""The formats in which other systems get events."""

from collections.abc import Callable
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from invites.stream import ocsf


class Format(TextChoices):
    """Our own JSON lines, which can be verified, or OCSF, which contains them."""

    JSONL = "jsonl", _("JSON lines, as in exports")
    OCSF = "ocsf", _("OCSF 1.3")


# How each is made from the object of our own JSON lines, which need no change.
FORMATS: dict[str, Callable[[dict[str, Any]], dict[str, Any]] | None] = {
    Format.JSONL.value: None,
    Format.OCSF.value: ocsf.event_of,
}
