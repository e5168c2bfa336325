"""Changing an ending that awork hasn't been asked for: withdraw it, or confirm it for another person."""

from django.db import transaction

from invites.audit.record import record
from invites.endings.create import record_request
from invites.endings.events import STATES
from invites.endings.reasons import EndingReason
from invites.endings.send import SENDABLE
from invites.models import Ending, EndingState
from invites.sending.locks import lease_free
from portal import clock
from portal.actor import Actor
from portal.models import User


@transaction.atomic
def withdraw(ending: Ending, *, by: Actor) -> bool:
    """Let it not happen; False if awork was asked already, or is being asked."""
    locked = _lock(ending)
    if locked is None:
        return False
    locked.state, locked.reason = EndingState.NOT_DONE, EndingReason.WITHDRAWN
    locked.changed_at, locked.next_check_at = clock.now(), None
    locked.save()
    record(
        STATES[locked.is_activation][EndingState.NOT_DONE],
        by=by,
        snapshot=locked.snapshot,
        outcome=locked.state,
        details={"ending": locked.kind, "reason": locked.reason},
    )
    return True


@transaction.atomic
def confirm(ending: Ending, user: User, *, by: Actor) -> bool:
    """Let it be done with this person's access instead; False if it doesn't wait for anybody any more."""
    locked = _lock(ending)
    if locked is None or locked.state != EndingState.WAITING:
        return False
    locked.user, locked.state, locked.reason = user, EndingState.REQUESTED, ""
    locked.created_at = locked.changed_at = locked.next_check_at = clock.now()
    locked.check_count = 0
    locked.save()
    record_request(locked, by=by)
    return True


def _lock(ending: Ending) -> Ending | None:
    free = Ending.not_erased().filter(lease_free(), pk=ending.pk, state__in=SENDABLE)
    return free.select_for_update(of=("self",)).first()
