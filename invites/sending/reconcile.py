"""Settles what is unclear, from evidence only, and puts teams back where that did not work at once.

Never sends. Safe to run many times at once: each invitation is looked at by its holder alone.
"""

from django.db import transaction

from invites.audit.catalogue import EventType
from invites.audit.record import record
from invites.models import UNRESTORED, UNSETTLED_STATES, AssigneesState, Invitation, Reason, State, Step
from invites.sending import assignees, evidence, locks, schedule
from invites.sending.evidence import Finding
from portal.actor import Actor
from portal.awork.errors import AworkError
from portal.awork.schemas import Assignee
from portal.awork.tokens import client_for
from portal.locks import LockBusy
from portal.models import User

CONFIRMED = range(200, 300)


def reconcile(invitation: Invitation, *, by: Actor, reader: User | None = None) -> bool:
    """Look at what awork shows of it and keep what follows; False where there is nothing to do.

    The inviter's own access repairs the team: the API key and a reader's access only look.
    """
    if not invitation.is_open or not locks.take_lease(invitation):
        return False
    planned = invitation.next_check_at
    try:
        if invitation.state in UNSETTLED_STATES:
            _decide(invitation, reader, by)
        if invitation.team in UNRESTORED:
            _repair(invitation, by)
        schedule.schedule_after_check(invitation, planned)
        locks.save_leased(invitation, done=True)
    except locks.LeaseLost:
        invitation.refresh_from_db()
    return True


def _decide(invitation: Invitation, reader: User | None, by: Actor) -> None:
    _add_later_guests(invitation)
    finding = _from_step(invitation) or evidence.gather(invitation, reader)
    was_requested = invitation.state == State.REQUESTED
    if finding.team or (was_requested and invitation.step != Step.READING):
        invitation.team = AssigneesState.UNCHECKED
    invitation.state, invitation.step, invitation.reason = finding.state, Step.DONE, finding.reason
    invitation.guest_id = finding.guest_id or (
        None if finding.state is State.NOT_SENT else invitation.guest_id
    )
    with transaction.atomic():
        locks.save_leased(invitation)
        if finding.state is not State.UNCLEAR:
            _record(EventType.INVITATION_SETTLED, invitation, finding, by)
        elif was_requested:
            _record(EventType.INVITATION_UNCLEAR, invitation, finding, by)


def _add_later_guests(invitation: Invitation) -> None:
    """Who was invited to the task since belongs to its team: an effect that came late took them off, too."""
    later = Invitation.objects.filter(
        workspace=invitation.workspace_id,
        task_id=invitation.task_id,
        state=State.SENT,
        attempted_at__gt=invitation.attempted_at,
    ).exclude(guest_id=None)
    known = {row["id"] for row in invitation.assignees_before}
    guests = [Assignee(one.guest_id, one.first_name, one.last_name) for one in later if one.guest_id]
    invitation.assignees_before += assignees.dump(one for one in guests if str(one.id) not in known)


def _from_step(invitation: Invitation) -> Finding | None:
    """What follows from the step before which the sending process died, without asking awork."""
    if invitation.state != State.REQUESTED:
        return None
    if invitation.step == Step.READING:
        return Finding(State.NOT_SENT, Reason.INTERRUPTED, "not asked")
    confirmed = invitation.status in CONFIRMED and not invitation.reason
    if invitation.step in {Step.CHECKING, Step.RESTORING} and confirmed:
        return Finding(State.SENT, "", "answer")
    return None


def _record(type: EventType, invitation: Invitation, finding: Finding, by: Actor) -> None:
    said = {"reason": finding.reason, "evidence": finding.evidence, "access": finding.access}
    record(
        type,
        by=by,
        snapshot=invitation.snapshot,
        outcome=finding.state.value,
        details={name: value for name, value in said.items() if value},
    )


def _repair(invitation: Invitation, by: Actor) -> None:
    """Try once more to put the team back as the inviter; the next look tries again where that fails."""
    holder = invitation.holder
    try:
        assignees.restore_assignees(invitation, client_for(invitation.inviter), by=by)
    except (AworkError, LockBusy):
        return
    finally:
        invitation.holder = holder  # the row was read anew, and may be somebody else's by now
