"""The workers' duty about end dates: warn before them, and act when the last day has passed."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import structlog
from django.db.models import QuerySet

from invites.guests import passed, warnings
from invites.models import Guest
from portal.integrity import UNAVAILABLE

PERIOD = timedelta(minutes=1)

log = structlog.get_logger(__name__)


def run_due(go_on: Callable[[], bool]) -> int:
    """Handle the guests that are due, as long as `go_on()` is true; returns how many.

    Each is handled in a transaction of its own, which decides once more whether it is due: of several workers
    one does it. An error with one does not keep the others waiting: the last one is raised at the end.
    """
    handled, failure = 0, None
    for due, handle in ((warnings.due, warnings.warn), (passed.due, passed.handle)):
        for key in _keys(due()):
            if not go_on():
                break
            try:
                handled += handle(key)
            except UNAVAILABLE:
                raise
            except Exception as error:
                log.exception("end date failed", guest=str(key))
                failure = error
    if failure:
        raise failure
    return handled


def _keys(guests: QuerySet[Guest]) -> list[UUID]:
    return list(guests.values_list("pk", flat=True))
