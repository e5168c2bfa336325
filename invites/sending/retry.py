"""Trying again: the same record, another attempt, where nothing was sent before."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from invites.audit.catalogue import EventType
from invites.audit.record import record
from invites.models import RETRYABLE_STATES, UNRESTORED, AssigneesState, Invitation, State, Step
from invites.policy.recheck import AlreadyInvited, recheck_policy
from invites.sending import locks
from portal.actor import Actor


def prepare_retry(invitation: Invitation, *, by: Actor, policy: int = 0) -> bool:
    """Write another attempt down with its event, for `send` to make; False where one is made already.

    `policy` is the version that was asked about it. Raises `AlreadyInvited` where the address holds another
    invitation to the task by now, and what `let_through` raises.
    """
    try:
        with transaction.atomic():
            if not _reopen(invitation, policy):
                return False
            record(
                EventType.INVITATION_REQUESTED,
                by=by,
                snapshot=invitation.snapshot,
                details={"attempt": invitation.attempts, "policy": policy},
            )
    except IntegrityError:
        task = invitation.workspace_id, invitation.task_id, invitation.email
        earlier = Invitation.holding(*task).first()
        if earlier is None:  # it was let go between the two statements: the button is still there
            return False
        raise AlreadyInvited(earlier, invitation.inviter) from None
    return True


def _reopen(invitation: Invitation, policy: int) -> bool:
    """Begin anew if nothing was sent so far; of two who press at once, one does."""
    free = Invitation.objects.select_for_update().filter(locks.lease_free(), state__in=RETRYABLE_STATES)
    found = free.filter(pk=invitation.pk).first()
    if found is None:
        return False
    recheck_policy(found.inviter, policy)
    locks.start_lease(found)
    found.attempts += 1
    found.policy_version = policy
    found.attempted_at = timezone.now()
    found.state, found.step = State.REQUESTED, Step.READING
    found.reason = found.said = found.trace_id = ""
    found.status = found.milliseconds = found.guest_id = found.next_check_at = None
    found.looks = 0
    if found.team not in UNRESTORED:  # else whoever is missing is still to be put back
        found.team, found.assignees_before, found.assignees_missing = AssigneesState.UNTOUCHED, [], []
    found.save()
    invitation.refresh_from_db()
    return True
