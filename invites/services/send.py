"""The only way out: an invitation is written down first, sent once, and its outcome kept as it is known."""

from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from invites.audit import log
from invites.audit.types import EventType
from invites.models import Invitation, State, Step
from invites.services import keep_team, lease, schedule
from invites.services.gate import Outdated, OverQuota, let_through
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
from portal.awork.shapes import Exchange, Role, Task
from portal.claims import Busy
from portal.models import User

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


class AlreadyInvited(Exception):
    """The address already holds an invitation to this task: `invitation`."""

    def __init__(self, invitation: Invitation) -> None:
        super().__init__(str(invitation.id))
        self.invitation = invitation


@dataclass(frozen=True)
class Wish:
    """What a person asked for.

    `key` is the form's own, so that one form sends once; `policy` is the version that was asked about it.
    """

    key: UUID
    task: Task
    role: Role
    email: str
    first_name: str = ""
    last_name: str = ""
    gender: str = ""
    keep_team: bool = True
    policy: int = 0


@dataclass(frozen=True)
class Outcome:
    """What is known after asking awork: the state, a key of `invites.reasons`, and the exchange."""

    state: State
    reason: str = ""
    said: str = ""
    exchange: Exchange | None = None


def request(wish: Wish, *, inviter: User, by: Actor) -> tuple[Invitation, bool]:
    """Write the invitation down with its event; False where this form was already sent.

    Raises `AlreadyInvited` where the address holds an invitation to the task, `OverQuota` where the person
    has sent enough, `Outdated` where the form has to be shown anew.
    """
    try:
        return _write_down(wish, inviter, by), True
    except IntegrityError:
        return _existing(wish, inviter), False
    except (OverQuota, Outdated):
        same_form = _made_before(wish, inviter)
        if same_form is None:
            raise
        return same_form, False


@transaction.atomic
def _write_down(wish: Wish, inviter: User, by: Actor) -> Invitation:
    let_through(inviter, wish.policy)
    invitation = _new(wish, inviter)
    invitation.save(force_insert=True)
    log.record(
        EventType.INVITATION_REQUESTED,
        by=by,
        subject=invitation.subject,
        details={"policy": wish.policy},
    )
    return invitation


def _new(wish: Wish, inviter: User) -> Invitation:
    invitation = Invitation(
        form_key=wish.key,
        workspace=inviter.workspace,
        inviter=inviter,
        created_at=timezone.now(),
        role_id=wish.role.id,
        role_name=wish.role.name,
        email=wish.email,
        email_key=wish.email.casefold(),
        first_name=wish.first_name,
        last_name=wish.last_name,
        gender=wish.gender,
        keep_team=wish.keep_team,
        policy_version=wish.policy,
    )
    invitation.about(wish.task)
    lease.begin(invitation)
    return invitation


def _existing(wish: Wish, inviter: User) -> Invitation:
    """The invitation that the database would not let us write twice."""
    same_form = _made_before(wish, inviter)
    if same_form:
        return same_form
    earlier = Invitation.holding(inviter.workspace_id, wish.task.id, wish.email).first()
    if earlier:
        raise AlreadyInvited(earlier)
    raise Outdated  # it was let go between the two statements


def _made_before(wish: Wish, inviter: User) -> Invitation | None:
    """What this very form has made; raises `Outdated` where it is somebody else's."""
    same_form = Invitation.objects.filter(form_key=wish.key).first()
    if same_form and same_form.inviter_id != inviter.pk:
        raise Outdated
    return same_form


def send(invitation: Invitation, client: Client, *, by: Actor) -> None:
    """Send an invitation that `request` has just written; afterwards its state says what is known."""
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
