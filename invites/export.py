"""Exports the filtered invitations, or the lines of a batch, as CSV."""

from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from invites.audit.catalogue import EventType, Json
from invites.audit.record import record
from invites.filters import InvitationFilter
from invites.messages import message_for
from invites.models import Batch, Invitation
from invites.models.csv_columns import header
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
    _record(invitations, by, {"filters": filters.recorded_values})
    found = invitations.select_related("inviter").order_by("-created_at", "-id")
    return _rows(found.iterator(CHUNK))


def batch_rows(batch: Batch, *, by: Actor) -> Iterator[list[Any]]:
    """The column names and a row for each line, by its number; the export is recorded at once."""
    _record(batch.invitations.all(), by, {"batch": str(batch.pk)})
    found = batch.invitations.select_related("inviter").order_by("line", "id")
    return _numbered_rows(found.iterator(CHUNK))


def _record(invitations: QuerySet[Invitation], by: Actor, details: dict[str, Json]) -> None:
    with transaction.atomic():
        record(
            EventType.INVITATIONS_EXPORTED,
            by=by,
            outcome="csv",
            details={"rows": invitations.count(), **details},
        )


def _rows(found: Iterator[Invitation]) -> Iterator[list[Any]]:
    yield header(COLUMNS)
    for one in found:
        yield _values(one)


def _numbered_rows(found: Iterator[Invitation]) -> Iterator[list[Any]]:
    yield header(["line", *COLUMNS])
    for one in found:
        yield [one.line, *_values(one)]


def _values(one: Invitation) -> list[Any]:
    return [
        *(one.guest_name, one.email, one.role_name, one.task_key, one.task_name, one.project_name),
        *(f"{one.created_at:%Y-%m-%d %H:%M:%S}", one.inviter.name),
        *(one.get_state_display(), message_for(one.reason).text if one.reason else ""),
        *(one.get_assignees_state_display(), one.attempts, one.id),
    ]
