"""Problems that are stored, such as why a delivery failed: in English, and shown in the reader's language."""

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

ANSWERED = gettext_noop("it answered %(status)s")
_ANSWERED = re.compile(r"it answered (\d+)")


def shown(stored: str) -> str:
    """The problem as people read it; one that isn't ours, such as the operating system's, as it is."""
    if answer := _ANSWERED.fullmatch(stored):
        return _(ANSWERED) % {"status": answer[1]}
    return _(stored) if stored else ""
