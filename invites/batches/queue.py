"""The queue of the workers: queued lines of running batches, each sent by the worker that has its lease.

Batches take turns. Lines of the same task are sent one after the other, those of different tasks in parallel.
"""

from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F, Q, QuerySet

from invites.audit.catalogue import EventType
from invites.audit.record import record
from invites.batches import control
from invites.batches.discard import discard, for_batch
from invites.models import Batch, BatchState, Invitation, Reason, State, Step
from invites.policy.recheck import recheck_rules
from invites.sending import deferral, locks
from invites.sending.send import QUEUED_AGAIN_SECONDS, send
from portal import clock
from portal.actor import Actor
from portal.awork import timeouts
from portal.awork.errors import AworkError, ClientRejected, SignInExpired
from portal.awork.tokens import client_for
from portal.roles import Permission

# Why the next line would fare no better.
PAUSING = frozenset({Reason.SIGN_IN_EXPIRED, Reason.CLIENT_REJECTED, Reason.FIREWALL, control.NO_SEATS})

log = structlog.get_logger(__name__)


def send_next() -> bool:
    """Send the next line of a batch; False if there is none to send now."""
    claimed = claim()
    if claimed is None:
        return False
    batch, line = claimed
    try:
        with timeouts.background():
            _send(line, batch, by=for_batch(batch))
    except locks.LeaseLost:
        log.warning("lease lost", invitation=str(line.pk))
    return True


def claim() -> tuple[Batch, Invitation] | None:
    """Lease the next line; finishes batches that have none left to send."""
    running = Batch.objects.filter(state=BatchState.RUNNING).order_by(F("turn_at").asc(nulls_first=True))
    claimed = (_claim_of(key) for key in running.values_list("pk", flat=True))
    return next(filter(None, claimed), None)


@transaction.atomic
def _claim_of(batch_id: UUID) -> tuple[Batch, Invitation] | None:
    # Locking the batch keeps two workers from taking two lines of the same task.
    locked = Batch.objects.select_for_update(of=("self",)).select_related("inviter")
    batch = locked.filter(pk=batch_id, state=BatchState.RUNNING).first()
    if batch is None:
        return None
    line = _free_lines(batch).select_for_update(skip_locked=True, of=("self",)).first()
    if line is None:
        _finish_if_done(batch)
        return None
    locks.start_lease(line)
    line.save(update_fields=["lease_holder", "lease_expires_at"])
    batch.turn_at = clock.now()
    batch.save(update_fields=["turn_at"])
    return batch, line


def _free_lines(batch: Batch) -> QuerySet[Invitation]:
    """The queued lines whose task has no other invitation under way, in their order."""
    is_claimed = Q(state=State.QUEUED, lease_holder__isnull=False) & ~locks.lease_free()
    under_way = Invitation.objects.filter(Q(state=State.REQUESTED) | is_claimed, workspace=batch.workspace_id)
    lines = batch.invitations.filter(locks.lease_free(), state=State.QUEUED).exclude(email="")
    lines = lines.exclude(task_id__in=under_way.values("task_id"))
    return lines.select_related("inviter").order_by("line")


def _finish_if_done(batch: Batch) -> None:
    if batch.invitations.filter(state__in=[State.QUEUED, State.REQUESTED]).exists():
        return
    deferral.end(batch)
    batch.state, batch.changed_at = BatchState.DONE, clock.now()
    batch.save(update_fields=["state", "changed_at"])
    record(EventType.BATCH_FINISHED, by=for_batch(batch), details={"batch": str(batch.pk)})


def _send(line: Invitation, batch: Batch, *, by: Actor) -> None:
    """Send a leased line as its inviter; pauses the batch where that can't be."""
    if Permission.INVITE not in line.inviter.permissions:
        return _pause(line, batch, Reason.INVITER_RIGHT, by)
    if denied := recheck_rules(line):
        return discard(line, denied, by=by)
    try:
        client = client_for(line.inviter)
    except SignInExpired:
        return _pause(line, batch, Reason.SIGN_IN_EXPIRED, by)
    except ClientRejected:
        return _pause(line, batch, Reason.CLIENT_REJECTED, by)
    except AworkError:
        return locks.free_in(line, QUEUED_AGAIN_SECONDS)
    line.state, line.step, line.reason, line.attempted_at = State.REQUESTED, Step.READING, "", clock.now()
    locks.save_leased(line)
    send(line, client, by=by)
    if line.reason in PAUSING:
        control.pause(batch.pk, by=by, reason=line.reason)
    return None


def _pause(line: Invitation, batch: Batch, reason: Reason, by: Actor) -> None:
    locks.free_in(line, 0)
    control.pause(batch.pk, by=by, reason=reason)
