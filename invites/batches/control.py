"""Pausing, resuming and stopping a batch, and sending its failed lines again.

Each locks the batch before its lines, as the workers do, and returns False where the batch's state doesn't
allow it: of two people who press at once, one does it.
"""

from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from invites.audit.catalogue import EventType
from invites.audit.record import record
from invites.models import (
    ACTIVE_STATES,
    RETRYABLE_STATES,
    Batch,
    BatchState,
    Invitation,
    Reason,
    State,
)
from invites.policy.recheck import recheck_quota
from invites.sending import deferral, locks
from invites.sending.retry import record_attempt, reset
from portal import clock
from portal.actor import Actor

NO_SEATS = "insufficient-seats"  # awork's code; see `portal.awork.errors`


@transaction.atomic
def pause(batch_id: UUID, *, by: Actor, reason: Reason | str = "") -> bool:
    """Send no further lines until it is resumed; `reason` is why the desk does so itself."""
    batch = _lock(batch_id)
    if batch.state != BatchState.RUNNING:
        return False
    deferral.end(batch)
    _save_state(batch, BatchState.PAUSED, reason)
    details = {"batch": str(batch.id)} | ({"reason": str(reason)} if reason else {})
    record(EventType.BATCH_PAUSED, by=by, details=details)
    return True


@transaction.atomic
def resume(batch_id: UUID, *, by: Actor) -> bool:
    """Go on; lines that were refused for want of a free licence are sent again."""
    batch = _lock(batch_id)
    if batch.state != BatchState.PAUSED:
        return False
    lines = _requeue(_retryable(batch).filter(reason=NO_SEATS)) if batch.reason == NO_SEATS else []
    _save_state(batch, BatchState.RUNNING)
    record(EventType.BATCH_RESUMED, by=by, details={"batch": str(batch.id)})
    for line in lines:
        record_attempt(line, by=by)
    return True


@transaction.atomic
def stop(batch_id: UUID, *, by: Actor) -> bool:
    """Send no further lines at all; a worker then marks those that are queued as not sent."""
    batch = _lock(batch_id)
    if not batch.is_open:
        return False
    deferral.end(batch)
    _save_state(batch, BatchState.STOPPED)
    record(EventType.BATCH_STOPPED, by=by, details={"batch": str(batch.id)})
    return True


@transaction.atomic
def retry_failed(batch_id: UUID, *, by: Actor) -> int:
    """Send all lines again that were refused or not sent; returns how many.

    The workers judge each by the current policy. Raises `QuotaReached`. Lines whose guest was invited to the
    task since, or was erased, are left out; so are all while a stopped batch still has queued lines.
    """
    batch = _lock(batch_id)
    if batch.state == BatchState.STOPPED and batch.invitations.filter(state=State.QUEUED).exists():
        return 0
    retryable = _retryable(batch)
    recheck_quota(batch.inviter, retryable.count())
    lines = _requeue(retryable)
    if not lines:
        return 0
    _save_state(batch, BatchState.RUNNING)
    record(EventType.BATCH_RESUMED, by=by, details={"batch": str(batch.id), "lines": len(lines)})
    for line in lines:
        record_attempt(line, by=by)
    return len(lines)


def retryable_count(batch: Batch) -> int:
    """How many lines `retry_failed` would send again."""
    return _retryable(batch).count()


def _lock(batch_id: UUID) -> Batch:
    return Batch.objects.select_for_update(of=("self",)).select_related("inviter").get(pk=batch_id)


def _save_state(batch: Batch, state: BatchState, reason: Reason | str = "") -> None:
    batch.state, batch.reason, batch.changed_at = state, str(reason)[:40], clock.now()
    batch.save(update_fields=["state", "reason", "changed_at"])


def _retryable(batch: Batch) -> QuerySet[Invitation]:
    same_guest = {name: OuterRef(name) for name in ("workspace_id", "task_id", "email_key")}
    since = Invitation.objects.filter(state__in=ACTIVE_STATES, **same_guest)
    lines = batch.invitations.filter(locks.lease_free(), ~Exists(since), state__in=RETRYABLE_STATES)
    return lines.exclude(email="").order_by("line")


def _requeue(lines: QuerySet[Invitation]) -> list[Invitation]:
    locked = list(lines.select_for_update(of=("self",)))
    for line in locked:
        reset(line)
        line.state = State.QUEUED
        line.save()
    return locked
