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

from invites.models import Invitation, Reason, State
from invites.sending import assignees
from portal.awork.client import Client
from portal.awork.errors import AworkError, AworkRefused, SignInExpired
from portal.awork.schemas import Assignee, AworkUser, Task
from portal.awork.tokens import api_key_client, client_for
from portal.email_addresses import key_of, spellings
from portal.models import User

SETTLE_TIME = timedelta(minutes=5)  # far longer than awork works on a request
INCONCLUSIVE = {Reason.USERS_HIDDEN, Reason.NEW_ASSIGNEE_HIDDEN}  # somebody with more rights may see more
CLOCK_SKEW = timedelta(minutes=1)


@dataclass(frozen=True)
class Finding:
    """What follows from a look: the state, a key of `invites.messages` where it stays open, and the proof.

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


def gather(invitation: Invitation, reader: User | None = None) -> Finding:
    """What awork shows now, seen with one access after the other until one decides."""
    seen = Finding(State.UNCLEAR, Reason.NO_ACCESS)
    for access in _accesses(invitation, reader):
        try:
            seen = _examine(invitation, access)
        except (AworkRefused, SignInExpired):
            continue  # this access does not reach as far as the task
        except AworkError:
            return Finding(State.UNCLEAR, invitation.reason or Reason.NO_ANSWER)
        if seen.reason not in INCONCLUSIVE:
            return seen
    return seen


def _accesses(invitation: Invitation, reader: User | None) -> Iterator[Access]:
    """The portal's own key, then the inviter, then whoever has the record open."""
    clients: list[tuple[str, Callable[[], Client | None]]] = [
        ("API key", lambda: api_key_client(invitation.workspace_id)),
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


def _examine(invitation: Invitation, access: Access) -> Finding:
    task = access.client.task(invitation.task_id)
    before = assignees.load(invitation.assignees_before)
    known = {person.id for person in before}
    new = [person.id for person in task.assignees if person.id not in known]
    was_answered, guest = _with_address(invitation, access.client)
    guest = guest or _newcomer(invitation, new, access.client)
    if guest is None:
        return _user_not_found(invitation, access, new, sees_users=was_answered)
    return _user_found(invitation, access, task, guest)


def _user_found(invitation: Invitation, access: Access, task: Task, guest: AworkUser) -> Finding:
    """The address belongs to somebody: sent if they came onto the task since."""
    before = assignees.load(invitation.assignees_before)
    present = {person.id for person in task.assignees}
    missing = tuple(person for person in before if person.id not in present)
    if guest.id in {person.id for person in before}:
        return Finding(State.UNCLEAR, Reason.WAS_ASSIGNED, access=access.name)
    if guest.id in present:
        return Finding(State.SENT, "", "assignee", access.name, guest.id, missing)
    if _was_assigned(invitation, access.client, guest.id):
        return Finding(State.SENT, "", "history", access.name, guest.id, missing)
    return Finding(State.UNCLEAR, Reason.NOT_ON_TASK, access=access.name)


def _user_not_found(
    invitation: Invitation, access: Access, new: Iterable[UUID], *, sees_users: bool
) -> Finding:
    """The address was not found: not sent, if this access sees everybody and awork had the time."""
    if sees_users and access.client.permissions().can_list_users:
        if timezone.now() - invitation.attempted_at < SETTLE_TIME:
            return Finding(State.UNCLEAR, Reason.TOO_EARLY, access=access.name)
        return Finding(State.NOT_SENT, Reason.UNKNOWN_ADDRESS, "unknown address", access.name)
    return Finding(
        State.UNCLEAR, Reason.NEW_ASSIGNEE_HIDDEN if any(new) else Reason.USERS_HIDDEN, access=access.name
    )


def _with_address(invitation: Invitation, client: Client) -> tuple[bool, AworkUser | None]:
    """Whether awork took the question, and the user who has the address, as far as this access sees users."""
    for spelling in spellings(invitation.email):
        try:
            found = client.users_by_email(spelling)
        except AworkRefused:
            return False, None
        if found:
            return True, found[0]
    return True, None


def _newcomer(invitation: Invitation, new: Iterable[UUID], client: Client) -> AworkUser | None:
    """The new assignee, if awork names this address as theirs."""
    for user_id in new:
        try:
            person = client.user(user_id)
        except AworkRefused:
            continue
        if key_of(person.email) == invitation.email_key:
            return person
    return None


def _was_assigned(invitation: Invitation, client: Client, user_id: UUID) -> bool:
    since = invitation.attempted_at - CLOCK_SKEW
    try:
        history = client.activities(invitation.task_id)
    except AworkRefused:
        return False
    return any(one.assigned == user_id and _is_after(one.at, since) for one in history)


def _is_after(at: str, since: datetime) -> bool:
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return False
    return (moment if timezone.is_aware(moment) else timezone.make_aware(moment)) >= since
