"""Events that operators have to see are lines in the log as well, once they are committed."""

import logging
from functools import partial

import structlog
from django.db import transaction

from invites.audit.catalogue import EventType
from invites.audit.models import Event

log = structlog.get_logger(__name__)


def write(event: Event) -> None:
    """Log this event on commit, if it is one of them; names nobody."""
    if level := _level(event):
        fields = {"workspace": event.workspace, "sequence": event.sequence, "request_id": event.request_id}
        named = {name: str(value) for name, value in fields.items()}
        transaction.on_commit(partial(log.log, level, event.type, outcome=event.outcome, **named))


def _level(event: Event) -> int:
    """The level of the line, 0 for none."""
    if event.type == EventType.VERIFIED and event.outcome == "broken":
        return logging.ERROR
    is_unclear = event.type in {EventType.INVITATION_UNCLEAR, EventType.GUEST_ASSIGNMENT_UNCLEAR}
    return logging.WARNING if is_unclear else 0
