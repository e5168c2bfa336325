"""The only way out: what was written down is sent once, and its outcome kept as it is known."""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from invites.audit.catalogue import EventType
from invites.audit.record import record
from invites.models import Invitation, Reason, State, Step
from invites.sending import assignees, locks, schedule
from invites.sending.locks import task_lock
from portal.actor import Actor
from portal.awork.client import Client
from portal.awork.errors import (
    AworkError,
    AworkRefused,
    Forbidden,
    NotFound,
    SignInExpired,
    TooManyRequests,
    Unclear,
    Unreachable,
)
from portal.awork.schemas import Exchange
from portal.locks import LockBusy

EVENTS = {
    State.SENT: EventType.INVITATION_SENT,
    State.REFUSED: EventType.INVITATION_REFUSED,
    State.UNCLEAR: EventType.INVITATION_UNCLEAR,
    State.NOT_SENT: EventType.INVITATION_NOT_SENT,
}

NOT_SENT_REASONS: dict[type[AworkError], str] = {
    SignInExpired: Reason.SIGN_IN_EXPIRED,
    TooManyRequests: Reason.RATE_LIMITED,
    Unreachable: Reason.UNREACHABLE,
}

REASONS_WITHOUT_CODE: dict[type[AworkError], str] = {Forbidden: Reason.FORBIDDEN, NotFound: Reason.NOT_FOUND}


@dataclass(frozen=True)
class SendResult:
    """What is known after asking awork: the state, a key of `invites.messages`, and the exchange."""

    state: State
    reason: str = ""
    said: str = ""
    exchange: Exchange | None = None


def send(invitation: Invitation, client: Client, *, by: Actor) -> None:
    """Send an invitation that `write_down` has just written; afterwards its state says what is known."""
    try:
        _send_with_lock(invitation, client, by)
    except locks.LeaseLost:
        invitation.refresh_from_db()  # `invites.sending.reconcile` has taken over


def _send_with_lock(invitation: Invitation, client: Client, by: Actor) -> None:
    try:
        with task_lock(invitation.task_id):
            _send(invitation, client, by)
    except LockBusy:
        _settle(invitation, SendResult(State.NOT_SENT, Reason.TASK_BUSY), by=by)


def _send(invitation: Invitation, client: Client, by: Actor) -> None:
    outcome = _read_assignees(invitation, client) or _invite(invitation, client)
    if outcome.state in {State.REFUSED, State.NOT_SENT}:
        _settle(invitation, outcome, by=by)
        return
    if outcome.exchange:
        invitation.answered(outcome.exchange)
    invitation.reason = outcome.reason  # tells a confirmation from a broken answer, should this process die
    _save_step(invitation, Step.CHECKING)
    team = assignees.check_assignees(invitation, client)
    with transaction.atomic():
        invitation.guest_id = team.guest_id
        _settle(invitation, outcome, by=by)
        assignees.save_result(invitation, team, by=by)


def _read_assignees(invitation: Invitation, client: Client) -> SendResult | None:
    """Remember who is assigned before; an outcome where that, or the task itself, forbids going on."""
    try:
        task = client.task(invitation.task_id)
    except AworkError as problem:
        reason = NOT_SENT_REASONS.get(type(problem), Reason.TASK_UNREADABLE)
        return SendResult(State.NOT_SENT, reason, exchange=problem.exchange)
    if task.is_private:
        return SendResult(State.NOT_SENT, Reason.TASK_PRIVATE)
    invitation.assignees_before = assignees.expected_assignees(invitation, task.assignees)
    invitation.attempted_at = timezone.now()  # the turn may have been waited for
    _save_step(invitation, Step.INVITING)
    return None


def _invite(invitation: Invitation, client: Client) -> SendResult:
    """The one request that invites."""
    if not invitation.is_leased:  # the machine slept: somebody else may have decided by now
        raise locks.LeaseLost
    try:
        exchange = client.invite(
            task_id=invitation.task_id,
            email=invitation.email,
            role_id=invitation.role_id,
            first_name=invitation.first_name,
            last_name=invitation.last_name,
            gender=invitation.gender,
        )
    except Unclear as problem:
        return SendResult(State.UNCLEAR, Reason.NO_ANSWER, exchange=problem.exchange)
    except AworkRefused as problem:
        reason = problem.exchange.code or REASONS_WITHOUT_CODE.get(type(problem), Reason.REFUSED)
        return SendResult(State.REFUSED, reason, problem.description, problem.exchange)
    except AworkError as problem:
        return SendResult(State.NOT_SENT, NOT_SENT_REASONS[type(problem)], exchange=problem.exchange)
    return SendResult(State.SENT, exchange=exchange)


def _save_step(invitation: Invitation, step: Step) -> None:
    """Write down how far we are, before the next call."""
    invitation.step = step
    locks.save_leased(invitation)


def _settle(invitation: Invitation, outcome: SendResult, *, by: Actor) -> None:
    invitation.state, invitation.step = outcome.state, Step.DONE
    invitation.reason, invitation.said = outcome.reason[:40], outcome.said[:1000]
    if outcome.exchange:
        invitation.answered(outcome.exchange)
    schedule.schedule_next(invitation)
    with transaction.atomic():
        locks.save_leased(invitation, done=True)
        record(
            EVENTS[outcome.state],
            by=by,
            snapshot=invitation.snapshot,
            exchange=outcome.exchange,
            outcome=outcome.state.value,
            details={"reason": outcome.reason} if outcome.reason else None,
        )
