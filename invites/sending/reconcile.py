"""Settle unclear invitations by evidence, and restore assignees where that failed at first.

Never sends; what a running batch has not sent after all is queued again. Safe to run in several processes:
each invitation is checked by the holder of its lease only.
"""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from django.db import transaction

from invites.audit.catalogue import EventType, Evidence
from invites.audit.record import record
from invites.models import (
    UNRESTORED,
    UNSETTLED_STATES,
    AssigneesState,
    Guest,
    Invitation,
    Reason,
    State,
    Step,
)
from invites.sending import assignees, deferral, evidence, locks, schedule
from invites.sending.evidence import Finding
from invites.sending.retry import record_attempt, reset
from portal import actor
from portal.actor import Actor
from portal.awork import timeouts
from portal.awork.errors import AworkError
from portal.awork.schemas import Assignee
from portal.awork.tokens import client_for
from portal.each import run_each
from portal.locks import LockBusy
from portal.models import User

CONFIRMED = range(200, 300)


def reconcile_due(go_on: Callable[[], bool]) -> int:
    """Check the invitations that are due with awork, as long as `go_on()` is true; returns how many.

    An unexpected error with one does not keep the others waiting: the last such error is raised at the end.
    """
    keys = list(schedule.due().values_list("pk", flat=True))
    return run_each(((key, partial(_reconcile_if_due, key)) for key in keys), go_on, duty="reconcile")


def _reconcile_if_due(key: UUID) -> bool:
    invitation = schedule.due().filter(pk=key).first()  # another process may have checked it
    if invitation is None:
        return False
    with timeouts.background():
        return reconcile(invitation, by=actor.for_system(invitation.workspace_id))


def reconcile(invitation: Invitation, *, by: Actor, reader: User | None = None) -> bool:
    """Check the invitation with awork and save what follows; False if there is nothing to do.

    Assignees are restored with the inviter's own access; the API key and the reader's access only read.
    """
    if not invitation.is_unresolved or not locks.take_lease(invitation):
        return False
    try:
        with locks.held_lease(invitation):
            _check(invitation, reader, by)
    except locks.LeaseLost:
        invitation.refresh_from_db()
    return True


def _check(invitation: Invitation, reader: User | None, by: Actor) -> None:
    planned = invitation.next_check_at
    if invitation.state in UNSETTLED_STATES:
        _settle(invitation, reader, by)
    if invitation.assignees_state in UNRESTORED:
        _restore_assignees(invitation, by)
    schedule.schedule_after_check(invitation, planned)
    locks.save_leased(invitation, done=True)


def _settle(invitation: Invitation, reader: User | None, by: Actor) -> None:
    if _add_later_guests(invitation):
        locks.save_leased(invitation)  # so that erasing one of them during the check finds their name here
    finding = _finding_from_step(invitation) or evidence.gather(invitation, reader)
    was_requested = invitation.state == State.REQUESTED
    if finding.missing or (was_requested and invitation.step != Step.READING):
        invitation.assignees_state = AssigneesState.UNCHECKED
    invitation.state, invitation.step, invitation.reason = finding.state, Step.DONE, finding.reason
    invitation.guest_id = finding.guest_id or (
        None if finding.state is State.NOT_SENT else invitation.guest_id
    )
    with transaction.atomic():
        batch = deferral.goes_on(invitation) if finding.state is State.NOT_SENT else None
        if batch:
            reset(invitation)
            invitation.state = State.QUEUED
        else:
            deferral.settle(invitation)
        locks.save_leased(invitation)
        if finding.state is State.SENT:
            Guest.add(invitation)
        _record_finding(_event_type(finding, was_requested=was_requested), invitation, finding, by)
        if batch:
            record_attempt(invitation, by=by)
            record(EventType.BATCH_RESUMED, by=by, details={"batch": str(batch.pk), "lines": 1})


def _event_type(finding: Finding, *, was_requested: bool) -> EventType:
    """What the check did: settled it, found out that it is unclear, or found nothing that settles it."""
    if finding.state is not State.UNCLEAR:
        return EventType.INVITATION_SETTLED
    return EventType.INVITATION_UNCLEAR if was_requested else EventType.INVITATION_CHECKED


def _add_later_guests(invitation: Invitation) -> bool:
    """Count guests invited to the task since then as assignees: a late effect unassigned them as well.

    Returns whether there are any new ones.
    """
    later = Invitation.objects.filter(
        workspace=invitation.workspace_id,
        task_id=invitation.task_id,
        state=State.SENT,
        attempted_at__gt=invitation.attempted_at,
    ).exclude(guest_id=None)
    known = {row["id"] for row in invitation.assignees_before}
    guests = [Assignee(row.guest_id, row.first_name, row.last_name) for row in later if row.guest_id]
    new = assignees.to_json(guest for guest in guests if str(guest.id) not in known)
    invitation.assignees_before += new
    return bool(new)


def _finding_from_step(invitation: Invitation) -> Finding | None:
    """What the step at which the sending process died proves, without asking awork."""
    if invitation.state != State.REQUESTED:
        return None
    if invitation.step == Step.READING:
        return Finding(State.NOT_SENT, Reason.INTERRUPTED, Evidence.NOT_ASKED)
    is_confirmed = invitation.status in CONFIRMED and not invitation.reason
    if invitation.step in {Step.CHECKING, Step.RESTORING} and is_confirmed:
        return Finding(State.SENT, "", Evidence.ANSWER)
    return None


def _record_finding(type: EventType, invitation: Invitation, finding: Finding, by: Actor) -> None:
    details = {"reason": finding.reason, "evidence": finding.evidence, "access": finding.access}
    applied = invitation.end_details if finding.state is State.SENT else {}
    record(
        type,
        by=by,
        snapshot=invitation.snapshot,
        outcome=finding.state.value,
        details={name: str(value) for name, value in details.items() if value} | applied,
    )


def _restore_assignees(invitation: Invitation, by: Actor) -> None:
    """Try to restore the assignees as the inviter; if that fails, the next check tries again."""
    lease_holder = invitation.lease_holder
    try:
        assignees.restore_assignees(invitation, client_for(invitation.inviter), by=by)
    except (AworkError, LockBusy):
        return
    finally:
        invitation.lease_holder = lease_holder  # the refreshed row may belong to another process by now
