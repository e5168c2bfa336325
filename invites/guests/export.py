"""Exports the filtered guests as CSV."""

from collections.abc import Iterator
from typing import Any

from django.db import transaction

from invites.audit.catalogue import EventType
from invites.audit.record import record
from invites.guests.filters import GuestFilter
from invites.models import Guest
from invites.models.csv_columns import header
from portal import clock
from portal.actor import Actor

CHUNK = 2000  # rows read at once
COLUMNS = [
    *("guest", "email", "state", "state_seen_since_utc", "checked_at_utc", "invited_at_utc"),
    *("task_key", "task", "project", "sponsor", "ends_on", "id"),
]


def rows(filters: GuestFilter, *, by: Actor) -> Iterator[list[Any]]:
    """The column names and a row for each guest, newest first; the export is recorded at once."""
    guests = filters.narrow().filter(invited_at__lte=clock.now())  # none that arrives while it streams
    with transaction.atomic():
        record(
            EventType.GUESTS_EXPORTED,
            by=by,
            outcome="csv",
            details={"rows": guests.count(), "filters": filters.recorded_values},
        )
    found = guests.select_related("invitation", "sponsor").order_by("-invited_at", "-id")
    return _rows(found.iterator(CHUNK))


def _rows(found: Iterator[Guest]) -> Iterator[list[Any]]:
    yield header(COLUMNS)
    for one in found:
        yield [
            *(one.name, one.email, one.get_state_display()),
            *(f"{at:%Y-%m-%d %H:%M:%S}" if at else "" for at in (one.state_since, one.checked_at)),
            f"{one.invited_at:%Y-%m-%d %H:%M:%S}",
            *(one.invitation.task_key, one.invitation.task_name, one.invitation.project_name),
            *(one.current_sponsor.name if one.current_sponsor else "", one.ends_on or "", one.id),
        ]
