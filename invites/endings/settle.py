"""Settling what is unclear by looking in awork, and assigning again who is missing on a task.

Nothing is asked of awork a second time before it has shown, after some time, that the first had no effect.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from django.db import transaction

from invites.audit.catalogue import Access
from invites.endings import others
from invites.endings.create import record_request
from invites.endings.look import Seen, look
from invites.endings.outcome import Outcome, is_unsettled, save
from invites.endings.reasons import EndingReason
from invites.models import AssigneesState, Ending, EndingKind, EndingState, Reason
from invites.sending import locks
from invites.sending.evidence import SETTLE_TIME
from invites.sending.locks import task_lock
from portal import clock
from portal.actor import Actor
from portal.awork.client import Client
from portal.awork.errors import AworkError, AworkRefused, SignInExpired
from portal.awork.tokens import api_key_client, client_for
from portal.locks import LockBusy
from portal.models import User

MOST_ATTEMPTS = 3
TASK_WAIT_SECONDS = 2.0
UNSETTLED = frozenset({EndingState.SENDING.value, EndingState.UNCLEAR.value})


def settle(ending: Ending, *, by: Actor, reader: User | None = None) -> bool:
    """Look in awork and save what follows; False where there is nothing to do, or another process does it.

    Assignees are restored with the access of the ending's user; the API key and the reader's only read.
    """
    is_open = ending.state in UNSETTLED or is_unsettled(ending)
    if not is_open or not locks.take_lease(ending):
        return False
    try:
        with locks.held_lease(ending):
            _settle(ending, reader, by)
    except locks.LeaseLost:
        ending.refresh_from_db()
    return True


def _settle(ending: Ending, reader: User | None, by: Actor) -> None:
    before = EndingState(ending.state)
    outcome = _finding(ending, reader) if before in UNSETTLED else Outcome(before, ending.reason)
    if outcome.state == EndingState.DONE and ending.kind == EndingKind.TASK:
        outcome = _with_others(ending, outcome)
    if outcome.state == EndingState.REQUESTED:
        _ask_again(ending, outcome, before, by)
    else:
        save(ending, outcome, before, by=by)


@transaction.atomic
def _ask_again(ending: Ending, outcome: Outcome, before: EndingState, by: Actor) -> None:
    save(ending, outcome, before, by=by)
    record_request(ending, by=by)


def _finding(ending: Ending, reader: User | None) -> Outcome:
    """What awork shows, through the first access that can see it."""
    for access, client in _sources(ending, reader):
        try:
            seen = look(ending, client)
        except (AworkRefused, SignInExpired):
            continue
        except AworkError:
            return Outcome(EndingState.UNCLEAR, Reason.NO_ANSWER)
        return _judge(ending, seen, access)
    return Outcome(EndingState.UNCLEAR, EndingReason.HIDDEN)


def _judge(ending: Ending, seen: Seen, access: Access) -> Outcome:
    if seen.is_done:
        return Outcome(EndingState.DONE, seen_in=seen.where, access=access, assignees=seen.assignees)
    if ending.attempted_at and clock.now() - ending.attempted_at < SETTLE_TIME:
        return Outcome(EndingState.UNCLEAR, EndingReason.CHECKING)
    is_last = ending.attempts >= MOST_ATTEMPTS
    state = EndingState.NOT_DONE if is_last else EndingState.REQUESTED
    return Outcome(state, EndingReason.NO_EFFECT, seen_in=seen.where, access=access)


def _sources(ending: Ending, reader: User | None) -> Iterator[tuple[Access, Client]]:
    """The API key, then whose access was used, then who has the page open."""
    clients: list[tuple[Access, Callable[[], Client | None]]] = [
        (Access.API_KEY, lambda: api_key_client(ending.workspace_id)),
        (Access.USER, lambda: client_for(ending.user)),
        (Access.READER, lambda: client_for(reader) if reader and reader != ending.user else None),
    ]
    for access, get_client in clients:
        try:
            client = get_client()
        except AworkError:
            continue
        if client:
            yield access, client


def _with_others(ending: Ending, outcome: Outcome) -> Outcome:
    """Assign everyone again who is missing; where that can't be done now, the next check tries again."""
    was_known = bool(ending.assignees_missing)
    try:
        with task_lock(ending.target_id, TASK_WAIT_SECONDS):
            client = client_for(ending.user)
            current = client.task(ending.target_id).assignees
            restoration = others.restore(ending, client, current, at_once=False)
    except (AworkError, LockBusy):
        restoration = None if was_known else others.restore(ending, None, outcome.assignees, at_once=False)
    if restoration and was_known and restoration.state == AssigneesState.NOT_RESTORED:
        restoration = None  # recorded before
    return replace(outcome, restoration=restoration)
