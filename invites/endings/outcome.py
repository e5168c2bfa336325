"""What became of an ending, and saving it with its event."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction

from invites.audit.catalogue import Access, EventType, Json
from invites.audit.record import record
from invites.endings.events import CHECKED, SETTLED, STATES
from invites.endings.look import SeenIn
from invites.endings.others import Restoration, record_restoration
from invites.models import Ending, EndingState, Guest
from invites.sending import locks
from invites.sending.schedule import CHECK_INTERVALS
from portal import clock
from portal.actor import Actor
from portal.awork.schemas import Assignee, Deactivation, Exchange

RETRY_DELAYS = tuple(timedelta(seconds=seconds) for seconds in (5, 60, 600, 3600))  # then hourly
WAIT_DELAY = timedelta(minutes=1)  # between looks whether the person may again


@dataclass(frozen=True)
class Outcome:
    """What is known after asking awork, or looking there: the state, and why.

    `was_asked`: whether this came of the call itself. `seen_in` and `access` say what showed it, `assignees`
    who was on the task then.
    """

    state: EndingState
    reason: str = ""
    awork_message: str = ""
    exchange: Exchange | None = None
    was_asked: bool = False
    seen_in: SeenIn | None = None
    access: Access | None = None
    restoration: Restoration | None = None
    counts: Deactivation | None = None
    assignees: tuple[Assignee, ...] = ()


@transaction.atomic
def save(ending: Ending, outcome: Outcome, before: EndingState, *, by: Actor) -> None:
    """Save the outcome with its events, and end the lease; `before` is the state before this attempt."""
    now = clock.now()
    if outcome.state != before:
        ending.changed_at = now
    ending.state, ending.reason = outcome.state, outcome.reason[:40]
    ending.awork_message = outcome.awork_message[:1000]
    ending.trace_id = outcome.exchange.trace_id if outcome.exchange else ending.trace_id
    if outcome.counts:
        ending.deleted_projects = outcome.counts.private_projects_deleted
        ending.reassigned_projects = outcome.counts.private_projects_reassigned
    _plan(ending, before)
    locks.save_leased(ending, done=True)
    if outcome.state == EndingState.DONE and ending.guest:
        Guest.objects.filter(pk=ending.guest.pk).update(next_check_at=now)
    _record(ending, outcome, before, by)
    if outcome.restoration:
        record_restoration(ending, outcome.restoration, by=by)


def _plan(ending: Ending, before: EndingState) -> None:
    """Set the time of the next attempt or check, or none."""
    if ending.state != before:
        ending.check_count = 0
    delay = None
    if ending.state == EndingState.WAITING:
        delay = WAIT_DELAY
    elif ending.state == EndingState.REQUESTED:
        delay = RETRY_DELAYS[min(ending.check_count, len(RETRY_DELAYS) - 1)]
    elif is_unsettled(ending) and ending.check_count < len(CHECK_INTERVALS):
        delay = CHECK_INTERVALS[ending.check_count]
    ending.next_check_at = clock.now() + delay if delay else None
    ending.check_count += 1


def is_unsettled(ending: Ending) -> bool:
    """Whether it is unclear, or an assignee is still missing on the task."""
    return ending.state == EndingState.UNCLEAR or bool(ending.assignees_missing)


def _record(ending: Ending, outcome: Outcome, before: EndingState, by: Actor) -> None:
    type = _event_type(ending, outcome, before)
    if type is None:
        return
    record(
        type,
        by=by,
        snapshot=ending.snapshot,
        exchange=outcome.exchange,
        outcome=outcome.state.value,
        details=_details(ending, outcome),
    )


def _event_type(ending: Ending, outcome: Outcome, before: EndingState) -> EventType | None:
    """None for an attempt that awork knows nothing of, and for what was done before."""
    state = outcome.state
    if outcome.seen_in and not outcome.was_asked:
        return SETTLED[ending.is_activation]
    if state == EndingState.REQUESTED or (state == before and state != EndingState.UNCLEAR):
        return None
    if state == before:
        return CHECKED[ending.is_activation]
    return STATES[ending.is_activation][state]


def _details(ending: Ending, outcome: Outcome) -> dict[str, Json]:
    counts = {"deleted_projects": ending.deleted_projects, "reassigned_projects": ending.reassigned_projects}
    known = {name: value for name, value in counts.items() if outcome.counts and value is not None}
    texts = {"reason": outcome.reason, "seen_in": outcome.seen_in, "access": outcome.access}
    said = {name: str(value) for name, value in texts.items() if value}
    return {"ending": ending.kind, **said, **known}
