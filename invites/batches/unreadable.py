"""Input that can't be read as a list of guests, and its limits."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _

MAX_BYTES = 1_000_000
MAX_LINES = 1000
MAX_COLUMNS = 20  # of CSV; people export more than the eight we know
MAX_CELL = 4000  # characters; links to tasks are the longest


class Unreadable(ValueError):
    """The whole input can't be read, and nothing of it counts. `message` says why, and what to do."""

    def __init__(self, message: Promise | str) -> None:
        super().__init__(str(message))
        self.message = message


def check_count(count: int) -> None:
    """Raise `Unreadable` for more lines than one batch can have."""
    if count > MAX_LINES:
        text = _("There are %(count)s lines. At most %(most)s can be invited at once: divide the list.")
        raise Unreadable(text % {"count": f"{count:,}", "most": f"{MAX_LINES:,}"})


def check_length(text: str, number: int) -> None:
    """Raise `Unreadable` for a value that is too long to be any; `number` is its line."""
    if len(text) > MAX_CELL:
        reason = _("Line %(number)s has a value of more than %(most)s characters.")
        raise Unreadable(reason % {"number": number, "most": f"{MAX_CELL:,}"})
