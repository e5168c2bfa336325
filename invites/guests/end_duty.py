"""The workers' duty about end dates: warn before them, and act when the last day has passed."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from uuid import UUID

from django.db.models import QuerySet

from invites.guests import passed, warnings
from invites.models import Guest
from portal.each import run_each

PERIOD = timedelta(minutes=1)
STEPS = ((warnings.due, warnings.warn), (passed.due, passed.handle))


def run_due(go_on: Callable[[], bool]) -> int:
    """Handle the guests that are due, as long as `go_on()` is true; returns how many.

    Each is handled in its own transaction, which decides once more whether it is due: of several workers
    one does it. An error with one does not keep the others waiting: the last one is raised at the end.
    """
    rows = ((key, partial(handle, key)) for due, handle in STEPS for key in _keys(due()))
    return run_each(rows, go_on, duty="end-dates")


def _keys(guests: QuerySet[Guest]) -> list[UUID]:
    return list(guests.values_list("pk", flat=True))
