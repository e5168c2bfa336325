"""Queued lines that won't be sent: those of a stopped batch, and those that the policy denies by now."""

from collections.abc import Callable
from dataclasses import replace

from django.db import transaction
from django.db.models import QuerySet

from invites.audit.catalogue import EventType
from invites.audit.record import record
from invites.models import Batch, BatchState, Invitation, Reason, State, Step
from invites.sending import deferral, locks
from portal import actor
from portal.actor import Actor

AT_ONCE = 100  # lines of one transaction


def for_batch(batch: Batch) -> Actor:
    """The inviter, for what a worker does on their behalf; the events have the batch's id as request id."""
    return replace(actor.for_user(batch.inviter), request_id=batch.pk)


@transaction.atomic
def discard(line: Invitation, reason: Reason, *, by: Actor) -> None:
    """Save a leased line as not sent, with its event; raises `LeaseLost`."""
    line.state, line.step, line.reason = State.NOT_SENT, Step.DONE, reason
    deferral.settle(line)
    locks.save_leased(line, done=True)
    _record(line, by)


def discard_stopped(go_on: Callable[[], bool]) -> int:
    """Mark the queued lines of stopped batches as not sent, as long as `go_on()`; returns how many."""
    queued = Invitation.objects.filter(locks.lease_free(), state=State.QUEUED)
    queued, discarded = queued.filter(batch__state=BatchState.STOPPED), 0
    while go_on() and (count := _discard_some(queued.order_by("batch", "line"))):
        discarded += count
    return discarded


@transaction.atomic
def _discard_some(queued: QuerySet[Invitation]) -> int:
    lines = list(queued.select_related("batch").select_for_update(skip_locked=True, of=("self",))[:AT_ONCE])
    for line in lines:
        line.state, line.step, line.reason = State.NOT_SENT, Step.DONE, Reason.BATCH_STOPPED
        line.save(update_fields=["state", "step", "reason"])
    for line in lines:
        if line.batch:
            _record(line, for_batch(line.batch))
    return len(lines)


def _record(line: Invitation, by: Actor) -> None:
    record(
        EventType.INVITATION_NOT_SENT,
        by=by,
        snapshot=line.snapshot,
        outcome=State.NOT_SENT.value,
        details={"reason": line.reason, "batch": str(line.batch_id)},
    )
