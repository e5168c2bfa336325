"""Sending an invitation once, and saving what is known of its outcome."""

from django.db import transaction

from invites.audit.catalogue import EventType
from invites.audit.record import record
from invites.models import Guest, Invitation, Reason, State, Step
from invites.policy.recheck import recheck_task
from invites.sending import assignees, deferral, locks, schedule
from invites.sending.assignees import AssigneesResult
from invites.sending.locks import task_lock
from invites.sending.result import NOT_SENT_REASONS, SendResult, result_of
from portal import clock
from portal.actor import Actor
from portal.awork.client import Client
from portal.awork.errors import AworkError, AworkRefused, FirewallBlocked
from portal.locks import HeldLock, LockBusy

LINE_WAIT_SECONDS = 2.0  # for another invitation to the task
QUEUED_AGAIN_SECONDS = 5.0  # until a line is tried once more

EVENT_TYPES = {
    State.SENT: EventType.INVITATION_SENT,
    State.REFUSED: EventType.INVITATION_REFUSED,
    State.UNCLEAR: EventType.INVITATION_UNCLEAR,
    State.NOT_SENT: EventType.INVITATION_NOT_SENT,
}


def send(invitation: Invitation, client: Client, *, by: Actor) -> None:
    """Send an invitation that was just created, reopened or taken from a batch, and save the outcome.

    A line of an open batch is queued again where nothing was sent and awork has not refused it.
    """
    try:
        with locks.held_lease(invitation):
            _send_with_lock(invitation, client, by)
    except locks.LeaseLost:
        invitation.refresh_from_db()  # `invites.sending.reconcile` has taken over


def _send_with_lock(invitation: Invitation, client: Client, by: Actor) -> None:
    wait = LINE_WAIT_SECONDS if invitation.batch_id else None
    try:
        with task_lock(invitation.task_id, wait) as lock:
            _send(invitation, client, by, lock)
    except LockBusy:
        busy = SendResult(State.NOT_SENT, Reason.TASK_BUSY, is_temporary=True)
        with transaction.atomic():
            _save_result(invitation, busy, None, by=by)


def _send(invitation: Invitation, client: Client, by: Actor, lock: HeldLock) -> None:
    result = _read_task(invitation, client) or _invite(invitation, client)
    if result.state is State.SENT and _save_deferred(invitation, result, by, lock):
        return
    assignees_result = None
    if result.state in {State.SENT, State.UNCLEAR}:
        assignees_result = _check_assignees(invitation, result, client)
    with transaction.atomic():
        lock.release_on_commit()
        _save_result(invitation, result, assignees_result, by=by)


@transaction.atomic
def _save_deferred(invitation: Invitation, result: SendResult, by: Actor, lock: HeldLock) -> bool:
    """Save the outcome if a later line of the batch will check the assignees."""
    is_deferred = deferral.defer(invitation)
    if is_deferred:
        lock.release_on_commit()
        _save_result(invitation, result, None, by=by)
    return is_deferred


def _read_task(invitation: Invitation, client: Client) -> SendResult | None:
    """Store the task as it is now, with its assignees; returns a result if the invitation cannot be sent."""
    try:
        task = client.task(invitation.task_id)
    except AworkError as problem:
        reason = NOT_SENT_REASONS.get(type(problem), Reason.TASK_UNREADABLE)
        is_temporary = not isinstance(problem, AworkRefused | FirewallBlocked)
        return SendResult(State.NOT_SENT, reason, exchange=problem.exchange, is_temporary=is_temporary)
    invitation.set_task(task)
    if denied := recheck_task(invitation.workspace_id, task):
        return SendResult(State.NOT_SENT, denied)
    invitation.assignees_before = assignees.expected_assignees(invitation, task.assignees)
    deferral.take_over(invitation, task.assignees)
    invitation.attempted_at = clock.now()  # waiting for the task's lock may have taken a while
    _save_step(invitation, Step.INVITING)
    return None


def _invite(invitation: Invitation, client: Client) -> SendResult:
    """Make the one request that invites the guest."""
    if not invitation.is_leased:  # after a suspend, another process may have settled it
        raise locks.LeaseLost
    return result_of(
        lambda: client.invite(
            task_id=invitation.task_id,
            email=invitation.email,
            role_id=invitation.role_id,
            first_name=invitation.first_name,
            last_name=invitation.last_name,
            gender=invitation.gender,
        )
    )


def _check_assignees(invitation: Invitation, result: SendResult, client: Client) -> AssigneesResult:
    if result.exchange:
        invitation.set_response(result.exchange)
    invitation.reason = result.reason  # after a crash, this tells a confirmation from an unclear answer
    _save_step(invitation, Step.CHECKING)
    return assignees.check_assignees(invitation, client)


def _save_step(invitation: Invitation, step: Step) -> None:
    """Save the progress before the next call to awork."""
    invitation.step = step
    locks.save_leased(invitation)


def _save_result(
    invitation: Invitation, result: SendResult, assignees_result: AssigneesResult | None, *, by: Actor
) -> None:
    """Save the outcome with its events, within the caller's transaction."""
    if result.is_temporary and deferral.is_open(invitation):
        _queue_again(invitation, result)
        return
    invitation.state, invitation.step = result.state, Step.DONE
    invitation.reason, invitation.awork_message = result.reason[:40], result.awork_message[:1000]
    if result.exchange:
        invitation.set_response(result.exchange)
    if assignees_result:
        assignees.apply_result(invitation, assignees_result)
    schedule.schedule_next(invitation)
    deferral.settle(invitation)
    locks.save_leased(invitation, done=True)
    if result.state is State.SENT:
        Guest.add(invitation)
    _record_result(invitation, result, by)
    if assignees_result:
        assignees.record_result(invitation, assignees_result, by=by)


def _queue_again(invitation: Invitation, result: SendResult) -> None:
    """Nothing happened that the log should know: the line waits for a better moment, and says why."""
    invitation.state, invitation.step, invitation.reason = State.QUEUED, Step.READING, result.reason
    locks.save_leased(invitation)
    locks.free_in(invitation, QUEUED_AGAIN_SECONDS)


def _record_result(invitation: Invitation, result: SendResult, by: Actor) -> None:
    details = {"reason": result.reason} if result.reason else {}
    record(
        EVENT_TYPES[result.state],
        by=by,
        snapshot=invitation.snapshot,
        exchange=result.exchange,
        outcome=result.state.value,
        details=details | (invitation.end_details if result.state is State.SENT else {}),
    )
