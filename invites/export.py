"""Exports the filtered invitations as CSV."""

from collections.abc import Iterator
from typing import Any

from django.db import transaction

from invites.audit.catalogue import EventType
from invites.audit.record import record
from invites.filters import InvitationFilter
from invites.messages import message_for
from invites.models import Invitation
from portal import clock
from portal.actor import Actor

CHUNK = 2000  # rows read at once
COLUMNS = [
    *("guest", "email", "role", "task_key", "task", "project", "invited_at_utc", "invited_by"),
    *("state", "reason", "assignees", "attempts", "id"),
]


def rows(filters: InvitationFilter, *, by: Actor) -> Iterator[list[Any]]:
    """The column names and a row for each invitation, newest first; the export is recorded at once."""
    invitations = filters.narrow().filter(created_at__lte=clock.now())  # none that arrives while it streams
    with transaction.atomic():
        record(
            EventType.INVITATIONS_EXPORTED,
            by=by,
            outcome="csv",
            details={"rows": invitations.count(), "filters": filters.recorded_values},
        )
    found = invitations.select_related("inviter").order_by("-created_at", "-id")
    return _rows(found.iterator(CHUNK))


def _rows(found: Iterator[Invitation]) -> Iterator[list[Any]]:
    yield COLUMNS
    for one in found:
        yield [
            *(one.guest_name, one.email, one.role_name, one.task_key, one.task_name, one.project_name),
            *(f"{one.created_at:%Y-%m-%d %H:%M:%S}", one.inviter.name),
            *(one.get_state_display(), message_for(one.reason).text if one.reason else ""),
            *(one.get_assignees_state_display(), one.attempts, one.id),
        ]
