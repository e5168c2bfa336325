"""What awork shows of an invitation whose answer was lost, read with the access that there is.

An invitation leaves three traces: a user with the address, that user on the task, and an entry in the
task's history. Each person sees only some of them, and nothing seen is not nothing there: that an
invitation was not sent follows only from awork's own list of all users, and only after a while.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from invites.models import Invitation, State
from invites.services import keep_team
from portal.awork.client import Client
from portal.awork.errors import AworkError, Refused, SignInExpired
from portal.awork.shapes import Assignee, Person, Task
from portal.awork.tokens import client_for, key_client
from portal.models import User

LONG_ENOUGH = timedelta(minutes=5)  # far longer than awork works on a request
PARTIAL = {"cannot-see", "somebody-new"}  # somebody with more rights may see more
CLOCKS_DIFFER = timedelta(minutes=1)


@dataclass(frozen=True)
class Finding:
    """What follows from a look: the state, a key of `invites.reasons` where it stays open, and the proof.

    `evidence` is one of "assignee" (the address is on the task), "history" (it was put there), "unknown
    address", "not asked" and "answer"; `access` is "API key", "inviter" or "reader"; "" where unused.
    `team` are those found missing from the task.
    """

    state: State
    reason: str = ""
    evidence: str = ""
    access: str = ""
    guest_id: UUID | None = None
    team: tuple[Assignee, ...] = ()


@dataclass(frozen=True)
class Access:
    """Somebody's right to look."""

    name: str
    client: Client


def look(invitation: Invitation, reader: User | None = None) -> Finding:
    """What awork shows now, seen with one access after the other until one decides."""
    seen = Finding(State.UNCLEAR, "no-access")
    for access in _accesses(invitation, reader):
        try:
            seen = _seen(invitation, access)
        except (Refused, SignInExpired):
            continue  # this access does not reach as far as the task
        except AworkError:
            return Finding(State.UNCLEAR, invitation.reason or "no-answer")
        if seen.reason not in PARTIAL:
            return seen
    return seen


def _accesses(invitation: Invitation, reader: User | None) -> Iterator[Access]:
    """The portal's own key, then the inviter, then whoever has the record open."""
    clients: list[tuple[str, Callable[[], Client | None]]] = [
        ("API key", lambda: key_client(invitation.workspace_id)),
        ("inviter", lambda: client_for(invitation.inviter)),
        ("reader", lambda: client_for(reader) if reader and reader != invitation.inviter else None),
    ]
    for name, find in clients:
        try:
            client = find()
        except AworkError:
            continue
        if client:
            yield Access(name, client)


def _seen(invitation: Invitation, access: Access) -> Finding:
    task = access.client.task(invitation.task_id)
    before = keep_team.recall(invitation.team_before)
    known = {person.id for person in before}
    new = [person.id for person in task.assignees if person.id not in known]
    was_answered, guest = _with_address(invitation, access.client)
    guest = guest or _newcomer(invitation, new, access.client)
    if guest is None:
        return _nobody(invitation, access, new, sees_users=was_answered)
    return _somebody(invitation, access, task, guest)


def _somebody(invitation: Invitation, access: Access, task: Task, guest: Person) -> Finding:
    """The address belongs to somebody: sent if they came onto the task since."""
    before = keep_team.recall(invitation.team_before)
    present = {person.id for person in task.assignees}
    missing = tuple(person for person in before if person.id not in present)
    if guest.id in {person.id for person in before}:
        return Finding(State.UNCLEAR, "was-assigned", access=access.name)
    if guest.id in present:
        return Finding(State.SENT, "", "assignee", access.name, guest.id, missing)
    if _was_assigned(invitation, access.client, guest.id):
        return Finding(State.SENT, "", "history", access.name, guest.id, missing)
    return Finding(State.UNCLEAR, "known-elsewhere", access=access.name)


def _nobody(invitation: Invitation, access: Access, new: Iterable[UUID], *, sees_users: bool) -> Finding:
    """The address was not found: not sent, if this access sees everybody and awork had the time."""
    if sees_users and access.client.permissions().may_list_users:
        if timezone.now() - invitation.attempted_at < LONG_ENOUGH:
            return Finding(State.UNCLEAR, "too-early", access=access.name)
        return Finding(State.NOT_SENT, "unknown-address", "unknown address", access.name)
    return Finding(State.UNCLEAR, "somebody-new" if any(new) else "cannot-see", access=access.name)


def _with_address(invitation: Invitation, client: Client) -> tuple[bool, Person | None]:
    """Whether awork took the question, and the user who has the address, as far as this access sees users."""
    for spelling in dict.fromkeys([invitation.email, invitation.email_key, _ascii(invitation.email_key)]):
        try:
            found = client.users_by_email(spelling)
        except Refused:
            return False, None
        if found:
            return True, found[0]
    return True, None


def _newcomer(invitation: Invitation, new: Iterable[UUID], client: Client) -> Person | None:
    """The new assignee, if awork names this address as theirs."""
    for user_id in new:
        try:
            person = client.user(user_id)
        except Refused:
            continue
        if _ascii(person.email.casefold()) == _ascii(invitation.email_key):
            return person
    return None


def _was_assigned(invitation: Invitation, client: Client, user_id: UUID) -> bool:
    since = invitation.attempted_at - CLOCKS_DIFFER
    try:
        history = client.activities(invitation.task_id)
    except Refused:
        return False
    return any(one.assigned == user_id and _is_after(one.at, since) for one in history)


def _is_after(at: str, since: datetime) -> bool:
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return False
    return (moment if timezone.is_aware(moment) else timezone.make_aware(moment)) >= since


def _ascii(email: str) -> str:
    """The address with its domain as the domain name system has it."""
    name, _, domain = email.rpartition("@")
    try:
        return f"{name}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return email
