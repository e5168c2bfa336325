"""Settles what is unclear, from evidence only, and puts teams back where that did not work at once.

Never sends. Safe to run many times at once: each invitation is looked at by its holder alone.
"""

from django.db import transaction

from invites.audit import log
from invites.audit.types import EventType
from invites.models import INCOMPLETE, UNDECIDED, Invitation, State, Step, Team
from invites.services import evidence, keep_team, lease, schedule
from invites.services.evidence import Finding
from portal.actor import Actor
from portal.awork.errors import AworkError
from portal.awork.shapes import Assignee
from portal.awork.tokens import client_for
from portal.claims import Busy
from portal.models import User

CONFIRMED = range(200, 300)


def reconcile(invitation: Invitation, *, by: Actor, reader: User | None = None) -> bool:
    """Look at what awork shows of it and keep what follows; False where there is nothing to do.

    The inviter's own access repairs the team: the API key and a reader's access only look.
    """
    if not invitation.is_open or not lease.take(invitation):
        return False
    planned = invitation.look_at
    try:
        if invitation.state in UNDECIDED:
            _decide(invitation, reader, by)
        if invitation.team in INCOMPLETE:
            _repair(invitation, by)
        schedule.plan_after_look(invitation, planned)
        lease.save(invitation, done=True)
    except lease.Lost:
        invitation.refresh_from_db()
    return True


def _decide(invitation: Invitation, reader: User | None, by: Actor) -> None:
    _expect_later_guests(invitation)
    finding = _from_trace(invitation) or evidence.look(invitation, reader)
    was_requested = invitation.state == State.REQUESTED
    if finding.team or (was_requested and invitation.step != Step.READING):
        invitation.team = Team.UNCHECKED
    invitation.state, invitation.step, invitation.reason = finding.state, Step.DONE, finding.reason
    invitation.guest_id = finding.guest_id or (
        None if finding.state is State.NOT_SENT else invitation.guest_id
    )
    with transaction.atomic():
        lease.save(invitation)
        if finding.state is not State.UNCLEAR:
            _record(EventType.INVITATION_SETTLED, invitation, finding, by)
        elif was_requested:
            _record(EventType.INVITATION_UNCLEAR, invitation, finding, by)


def _expect_later_guests(invitation: Invitation) -> None:
    """Who was invited to the task since belongs to its team: an effect that came late took them off, too."""
    later = Invitation.objects.filter(
        workspace=invitation.workspace_id,
        task_id=invitation.task_id,
        state=State.SENT,
        attempted_at__gt=invitation.attempted_at,
    ).exclude(guest_id=None)
    known = {row["id"] for row in invitation.team_before}
    guests = [Assignee(one.guest_id, one.first_name, one.last_name) for one in later if one.guest_id]
    invitation.team_before += keep_team.remember(one for one in guests if str(one.id) not in known)


def _from_trace(invitation: Invitation) -> Finding | None:
    """What follows from the step before which the sending process died, without asking awork."""
    if invitation.state != State.REQUESTED:
        return None
    if invitation.step == Step.READING:
        return Finding(State.NOT_SENT, "interrupted", "not asked")
    confirmed = invitation.status in CONFIRMED and not invitation.reason
    if invitation.step in {Step.CHECKING, Step.RESTORING} and confirmed:
        return Finding(State.SENT, "", "answer")
    return None


def _record(type: EventType, invitation: Invitation, finding: Finding, by: Actor) -> None:
    said = {"reason": finding.reason, "evidence": finding.evidence, "access": finding.access}
    log.record(
        type,
        by=by,
        subject=invitation.subject,
        outcome=finding.state.value,
        details={name: value for name, value in said.items() if value},
    )


def _repair(invitation: Invitation, by: Actor) -> None:
    """Try once more to put the team back as the inviter; the next look tries again where that fails."""
    holder = invitation.holder
    try:
        keep_team.restore_again(invitation, client_for(invitation.inviter), by=by)
    except (AworkError, Busy):
        return
    finally:
        invitation.holder = holder  # the row was read anew, and may be somebody else's by now
