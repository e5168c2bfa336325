"""The only way out: what was written down is sent once, and its outcome kept as it is known."""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from invites.audit import log
from invites.audit.types import EventType
from invites.models import Invitation, State, Step
from invites.services import keep_team, lease, schedule
from invites.services.turn import turn_on
from portal.actor import Actor
from portal.awork.client import Client
from portal.awork.errors import (
    AworkError,
    Forbidden,
    NotFound,
    RateLimited,
    Refused,
    SignInExpired,
    Unclear,
    Unreachable,
)
from portal.awork.shapes import Exchange
from portal.claims import Busy

EVENTS = {
    State.SENT: EventType.INVITATION_SENT,
    State.REFUSED: EventType.INVITATION_REFUSED,
    State.UNCLEAR: EventType.INVITATION_UNCLEAR,
    State.NOT_SENT: EventType.INVITATION_NOT_SENT,
}

STAYED_HERE: dict[type[AworkError], str] = {
    SignInExpired: "sign-in-expired",
    RateLimited: "rate-limited",
    Unreachable: "unreachable",
}

WITHOUT_CODE: dict[type[AworkError], str] = {Forbidden: "no-right", NotFound: "not-there"}


@dataclass(frozen=True)
class Outcome:
    """What is known after asking awork: the state, a key of `invites.reasons`, and the exchange."""

    state: State
    reason: str = ""
    said: str = ""
    exchange: Exchange | None = None


def send(invitation: Invitation, client: Client, *, by: Actor) -> None:
    """Send an invitation that `write_down` has just written; afterwards its state says what is known."""
    try:
        _send_in_turn(invitation, client, by)
    except lease.Lost:
        invitation.refresh_from_db()  # `invites.services.reconcile` has taken over


def _send_in_turn(invitation: Invitation, client: Client, by: Actor) -> None:
    try:
        with turn_on(invitation.task_id):
            _send(invitation, client, by)
    except Busy:
        _settle(invitation, Outcome(State.NOT_SENT, "task-busy"), by=by)


def _send(invitation: Invitation, client: Client, by: Actor) -> None:
    outcome = _read_team(invitation, client) or _ask(invitation, client)
    if outcome.state in {State.REFUSED, State.NOT_SENT}:
        _settle(invitation, outcome, by=by)
        return
    if outcome.exchange:
        invitation.answered(outcome.exchange)
    invitation.reason = outcome.reason  # tells a confirmation from a broken answer, should this process die
    _step(invitation, Step.CHECKING)
    team = keep_team.look_after(invitation, client)
    with transaction.atomic():
        invitation.guest_id = team.guest_id
        _settle(invitation, outcome, by=by)
        keep_team.save(invitation, team, by=by)


def _read_team(invitation: Invitation, client: Client) -> Outcome | None:
    """Remember who is assigned before; an outcome where that, or the task itself, forbids going on."""
    try:
        task = client.task(invitation.task_id)
    except AworkError as problem:
        reason = STAYED_HERE.get(type(problem), "task-unreadable")
        return Outcome(State.NOT_SENT, reason, exchange=problem.exchange)
    if task.is_private:
        return Outcome(State.NOT_SENT, "task-private")
    invitation.team_before = keep_team.still_expected(invitation, task.assignees)
    invitation.attempted_at = timezone.now()  # the turn may have been waited for
    _step(invitation, Step.INVITING)
    return None


def _ask(invitation: Invitation, client: Client) -> Outcome:
    """The one request that invites."""
    if not invitation.is_held:  # the machine slept: somebody else may have decided by now
        raise lease.Lost
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
        return Outcome(State.UNCLEAR, "no-answer", exchange=problem.exchange)
    except Refused as problem:
        reason = problem.exchange.code or WITHOUT_CODE.get(type(problem), "refused")
        return Outcome(State.REFUSED, reason, problem.description, problem.exchange)
    except AworkError as problem:
        return Outcome(State.NOT_SENT, STAYED_HERE[type(problem)], exchange=problem.exchange)
    return Outcome(State.SENT, exchange=exchange)


def _step(invitation: Invitation, step: Step) -> None:
    """Write down how far we are, before the next call."""
    invitation.step = step
    lease.save(invitation)


def _settle(invitation: Invitation, outcome: Outcome, *, by: Actor) -> None:
    invitation.state, invitation.step = outcome.state, Step.DONE
    invitation.reason, invitation.said = outcome.reason[:40], outcome.said[:1000]
    if outcome.exchange:
        invitation.answered(outcome.exchange)
    schedule.plan(invitation)
    with transaction.atomic():
        lease.save(invitation, done=True)
        log.record(
            EVENTS[outcome.state],
            by=by,
            subject=invitation.subject,
            exchange=outcome.exchange,
            outcome=outcome.state.value,
            details={"reason": outcome.reason} if outcome.reason else None,
        )
