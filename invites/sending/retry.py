"""Retrying an invitation that was refused or not sent: another attempt with the same record."""

from django.db import IntegrityError, transaction

from invites.audit.catalogue import EventType, Json
from invites.audit.record import record
from invites.models import ONE_ACTIVE, RETRYABLE_STATES, UNRESTORED, AssigneesState, Invitation, State, Step
from invites.policy.recheck import AlreadyInvited, recheck_policy
from invites.sending import locks
from portal import clock
from portal.actor import Actor
from portal.awork.schemas import Task
from portal.integrity import violated


def prepare_retry(invitation: Invitation, task: Task, *, by: Actor, policy: int = 0) -> bool:
    """Save another attempt with its event, for `send` to make; False if there is one already.

    `task` is its task as it is now, `policy` the version that allowed it. Raises `AlreadyInvited` if another
    invitation of this address to the task exists by now, and the exceptions of `recheck_policy`.
    """
    try:
        with transaction.atomic():
            if not _reopen(invitation, task, policy):
                return False
            record(
                EventType.INVITATION_REQUESTED,
                by=by,
                snapshot=invitation.snapshot,
                details={"attempt": invitation.attempts, "policy": policy, **invitation.end_details},
            )
    except IntegrityError as error:
        if violated(error, Invitation) != ONE_ACTIVE:
            raise
        earlier = Invitation.active_for(invitation.workspace_id, invitation.task_id, invitation.email).first()
        if earlier is None:  # it ended between the two statements, so the user can retry once more
            return False
        raise AlreadyInvited(earlier, invitation.inviter) from None
    return True


def _reopen(invitation: Invitation, task: Task, policy: int) -> bool:
    """Reset the invitation if nothing was sent and its guest isn't erased; of two requests only one can."""
    retryable = Invitation.objects.filter(locks.lease_free(), state__in=RETRYABLE_STATES).exclude(email="")
    locked = retryable.select_for_update().filter(pk=invitation.pk).first()
    if locked is None:
        return False
    recheck_policy(locked.inviter, policy)
    reset(locked)
    locks.start_lease(locked)
    locked.policy_version = policy
    locked.set_task(task)
    locked.allows_several_assignees = task.allows_several_assignees
    locked.state = State.REQUESTED
    locked.save()
    invitation.refresh_from_db()
    return True


def reset(invitation: Invitation) -> None:
    """Forget the outcome of the last attempt, for another; does not save."""
    invitation.attempts += 1
    invitation.attempted_at = clock.now()
    invitation.step = Step.READING
    invitation.reason = invitation.awork_message = invitation.trace_id = ""
    invitation.status = invitation.duration_ms = invitation.guest_id = invitation.next_check_at = None
    invitation.check_count = 0
    if invitation.assignees_state not in UNRESTORED:  # else the missing assignees are still to be restored
        invitation.assignees_state = AssigneesState.UNTOUCHED
        invitation.assignees_before, invitation.assignees_missing = [], []


def record_attempt(line: Invitation, *, by: Actor) -> None:
    """Record that a line of a batch was queued again; within the caller's transaction."""
    details: dict[str, Json] = {"attempt": line.attempts, "batch": str(line.batch_id), "line": line.line}
    details |= line.end_details
    record(EventType.INVITATION_REQUESTED, by=by, snapshot=line.snapshot, details=details)
