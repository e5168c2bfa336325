"""Asking awork once to end an access, and saving what is known of the outcome."""

from collections.abc import Callable
from dataclasses import replace

from invites.endings import others
from invites.endings.look import Seen, look
from invites.endings.outcome import Outcome, save
from invites.endings.reasons import EndingReason
from invites.endings.rights import may_end
from invites.models import Ending, EndingCause, EndingKind, EndingState, Guest, Invitation, Reason, State
from invites.sending import assignees, locks
from invites.sending.locks import guest_lock, task_lock
from invites.sending.result import NOT_SENT_REASONS, REASONS_WITHOUT_CODE, result_of
from portal import clock
from portal.actor import Actor
from portal.awork.client import Client
from portal.awork.errors import AworkError, AworkRefused, SignInExpired
from portal.awork.schemas import Deactivation, Exchange
from portal.awork.tokens import client_for
from portal.locks import LockBusy

SENDABLE = frozenset({EndingState.REQUESTED.value, EndingState.WAITING.value})
WAIT_SECONDS = 2.0  # for the guest's lock, and the task's
MOST_UNKNOWN = 5  # attempts while the guest's account is unknown

STATES = {
    State.SENT: EndingState.DONE,
    State.REFUSED: EndingState.REFUSED,
    State.UNCLEAR: EndingState.UNCLEAR,
    State.NOT_SENT: EndingState.REQUESTED,
}


def send(ending: Ending, *, by: Actor) -> bool:
    """Ask awork with the access of the ending's user; False where another process works on it."""
    if ending.state not in SENDABLE or not locks.take_lease(ending):
        return False
    try:
        with locks.held_lease(ending):
            _send(ending, by)
    except locks.LeaseLost:
        ending.refresh_from_db()  # `invites.endings.settle` has taken over
    return True


def _send(ending: Ending, by: Actor) -> None:
    before = EndingState(ending.state)
    guest = ending.guest
    if before not in SENDABLE or guest is None:  # settled just before the lease was taken
        locks.free_in(ending, 0)
        return
    try:
        with guest_lock(guest.pk, WAIT_SECONDS):
            save(ending, _prepare(ending, guest), before, by=by)
    except LockBusy:
        save(ending, Outcome(EndingState.REQUESTED, EndingReason.BUSY), before, by=by)


def _prepare(ending: Ending, guest: Guest) -> Outcome:
    """Ask awork, unless there is a reason not to."""
    if reason := _obsolete(ending):
        return Outcome(EndingState.NOT_DONE, reason)
    if not may_end(ending.user, guest, ending.kind, ending.target_id):
        return Outcome(EndingState.WAITING, EndingReason.RIGHT_LOST)
    if guest.awork_id is None:
        return _without_account(ending, guest)
    try:
        client = client_for(ending.user)
    except AworkError as problem:
        return _postponed(problem)
    if ending.kind != EndingKind.TASK:
        return _ask(ending, client)
    try:
        with task_lock(ending.target_id, WAIT_SECONDS):
            return _ask(ending, client)
    except LockBusy:
        return Outcome(EndingState.REQUESTED, Reason.TASK_BUSY)


def _obsolete(ending: Ending) -> str:
    """Why it should not happen any more, if so, by what is stored now."""
    guest = Guest.objects.filter(endings=ending).first()
    if guest is None:
        raise locks.LeaseLost  # erased
    same = Invitation.objects.filter(workspace=guest.workspace_id, email_key=guest.email_key)
    places = {
        EndingKind.TASK: {"task_id": ending.target_id},
        EndingKind.PROJECT: {"project_id": ending.target_id},
    }
    since = same.filter(state=State.SENT, attempted_at__gt=ending.created_at)
    if since.filter(**places.get(EndingKind(ending.kind), {})).exists():
        return EndingReason.INVITED_AGAIN
    if ending.cause == EndingCause.END_DATE and (guest.ends_on is None or guest.ends_on >= clock.today()):
        return EndingReason.PROLONGED
    return ""


def _without_account(ending: Ending, guest: Guest) -> Outcome:
    """Let the desk look for the account, some times."""
    Guest.objects.filter(pk=guest.pk).update(next_check_at=clock.now())
    state = EndingState.NOT_DONE if ending.check_count >= MOST_UNKNOWN else EndingState.REQUESTED
    return Outcome(state, EndingReason.GUEST_UNKNOWN)


def _postponed(problem: AworkError) -> Outcome:
    """Awork wasn't asked: the sign-in is waited for, everything else tried again."""
    state = EndingState.WAITING if isinstance(problem, SignInExpired) else EndingState.REQUESTED
    return Outcome(state, NOT_SENT_REASONS.get(type(problem), Reason.UNREACHABLE))


def _ask(ending: Ending, client: Client) -> Outcome:
    """Look first: what has ended already needs no call, and who is on the task must stay."""
    try:
        seen = look(ending, client)
    except AworkRefused as problem:
        if ending.kind == EndingKind.TASK:
            return _refused(problem)
        seen = None  # who may not list the members may still remove one
    except AworkError as problem:
        return _postponed(problem)
    if seen and seen.is_done:
        return Outcome(EndingState.DONE, seen_in=seen.where)
    if reason := _obsolete(ending):  # since it was read first, locks and awork were waited for
        return Outcome(EndingState.NOT_DONE, reason)
    _save_before_call(ending, seen)
    return _call(ending, client)


def _save_before_call(ending: Ending, seen: Seen | None) -> None:
    guest = ending.awork_id
    if seen:
        staying = (one for one in seen.assignees if one.id != guest)
        ending.assignees_before = assignees.to_json(staying)
    ending.state, ending.reason = EndingState.SENDING, ""
    ending.attempted_at, ending.attempts = clock.now(), ending.attempts + 1
    locks.save_leased(ending)


def _call(ending: Ending, client: Client) -> Outcome:
    counts: list[Deactivation] = []
    call = _request(ending, client, counts)
    if not ending.is_leased:  # after a suspend, another process may have settled it
        raise locks.LeaseLost
    result = result_of(call)
    state = STATES[result.state]
    if result.reason == Reason.SIGN_IN_EXPIRED:
        state = EndingState.WAITING
    elif result.reason == Reason.FIREWALL:
        state = EndingState.NOT_DONE
    outcome = Outcome(
        state,
        result.reason,
        result.awork_message,
        result.exchange,
        was_asked=True,
        counts=next(iter(counts), None),
    )
    return _verify(ending, client, outcome) if state == EndingState.DONE else outcome


def _request(ending: Ending, client: Client, counts: list[Deactivation]) -> Callable[[], Exchange]:
    """The one call; what awork counts is added to `counts`."""
    guest = ending.awork_id
    if guest is None:
        raise locks.LeaseLost  # erased

    def deactivate() -> Exchange:
        counts.append(client.deactivate(guest))
        return counts[0].exchange

    staying = [person.id for person in assignees.from_json(ending.assignees_before)]
    calls: dict[str, Callable[[], Exchange]] = {
        EndingKind.TASK: lambda: client.set_assignees(ending.target_id, staying),
        EndingKind.PROJECT: lambda: client.remove_project_member(ending.target_id, guest),
        EndingKind.WORKSPACE: deactivate,
        EndingKind.ACTIVATION: lambda: client.activate(guest),
    }
    return calls[ending.kind]


def _verify(ending: Ending, client: Client, outcome: Outcome) -> Outcome:
    """Look again after awork has confirmed it; of a task, also assign again who is missing."""
    try:
        seen = look(ending, client)
    except AworkRefused:
        if ending.kind == EndingKind.PROJECT:
            return outcome  # nothing but awork's word, for who may not list the members
        return replace(outcome, state=EndingState.UNCLEAR, reason=EndingReason.HIDDEN)
    except AworkError:
        return replace(outcome, state=EndingState.UNCLEAR, reason=Reason.NO_ANSWER)
    if not seen.is_done:
        return replace(outcome, state=EndingState.UNCLEAR, reason=EndingReason.CHECKING)
    restoration = others.restore(ending, client, seen.assignees, at_once=True)
    return replace(outcome, seen_in=seen.where, restoration=restoration)


def _refused(problem: AworkRefused) -> Outcome:
    reason = problem.exchange.code or REASONS_WITHOUT_CODE.get(type(problem), Reason.REFUSED)
    return Outcome(EndingState.REFUSED, reason, problem.description, problem.exchange)
