"""Evidence in awork for an invitation whose answer was lost.

An invitation leaves three traces: a user with the address, that user among the task's assignees, and an entry
in the task's history. Each person can see only some of them, so a trace that is not visible proves nothing.
Only awork's complete list of users shows that an invitation was not sent, and only after some time.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from invites.audit.catalogue import Access, Evidence
from invites.models import Invitation, Reason, State
from invites.sending import assignees
from portal import clock
from portal.awork.client import Client
from portal.awork.errors import AworkError, AworkRefused, SignInExpired
from portal.awork.schemas import Assignee, AworkUser, Task
from portal.awork.tokens import api_key_client, client_for
from portal.email_addresses import key_of
from portal.models import User

SETTLE_TIME = timedelta(minutes=5)  # far longer than awork works on a request
INCONCLUSIVE = {Reason.USERS_HIDDEN, Reason.NEW_ASSIGNEE_HIDDEN}  # another access may see more
CLOCK_SKEW = timedelta(minutes=1)


@dataclass(frozen=True)
class Finding:
    """What a check shows: the state, the reason where it stays unclear, and the evidence where it doesn't.

    `missing` are the earlier assignees who are no longer assigned.
    """

    state: State
    reason: str = ""
    evidence: Evidence | None = None
    access: Access | None = None
    guest_id: UUID | None = None
    missing: tuple[Assignee, ...] = ()


@dataclass(frozen=True)
class Source:
    """A client, and whose access it uses."""

    access: Access
    client: Client


def gather(invitation: Invitation, reader: User | None = None) -> Finding:
    """What awork shows now, through one access after the other until one is conclusive."""
    finding = Finding(State.UNCLEAR, Reason.NO_ACCESS)
    for source in _sources(invitation, reader):
        try:
            finding = _examine(invitation, source)
        except (AworkRefused, SignInExpired):
            continue  # this access cannot read the task
        except AworkError:
            return Finding(State.UNCLEAR, invitation.reason or Reason.NO_ANSWER)
        if finding.reason not in INCONCLUSIVE:
            return finding
    return finding


def _sources(invitation: Invitation, reader: User | None) -> Iterator[Source]:
    """The API key, then the inviter, then the user who has the invitation's page open."""
    clients: list[tuple[Access, Callable[[], Client | None]]] = [
        (Access.API_KEY, lambda: api_key_client(invitation.workspace_id)),
        (Access.INVITER, lambda: client_for(invitation.inviter)),
        (Access.READER, lambda: client_for(reader) if reader and reader != invitation.inviter else None),
    ]
    for access, get_client in clients:
        try:
            client = get_client()
        except AworkError:
            continue
        if client:
            yield Source(access, client)


def _examine(invitation: Invitation, source: Source) -> Finding:
    task = source.client.task(invitation.task_id)
    before = assignees.from_json(invitation.assignees_before)
    known = {person.id for person in before}
    new = [person.id for person in task.assignees if person.id not in known]
    can_search, guest = _search_user(invitation, new, source.client)
    guest = guest or _find_among_new(invitation, new, source.client)
    if guest is None:
        return _finding_without_user(invitation, source, new, can_search=can_search)
    return _finding_for_user(invitation, source, task, guest)


def _finding_for_user(invitation: Invitation, source: Source, task: Task, guest: AworkUser) -> Finding:
    """A user has the address: the invitation was sent if they were assigned since."""
    before = assignees.from_json(invitation.assignees_before)
    assigned = {person.id for person in task.assignees}
    missing = tuple(person for person in before if person.id not in assigned)
    if guest.id in {person.id for person in before}:
        return Finding(State.UNCLEAR, Reason.WAS_ASSIGNED, access=source.access)
    if guest.id in assigned:
        return Finding(State.SENT, "", Evidence.ASSIGNEE, source.access, guest.id, missing)
    if _has_history_entry(invitation, source.client, guest.id):
        return Finding(State.SENT, "", Evidence.HISTORY, source.access, guest.id, missing)
    return Finding(State.UNCLEAR, Reason.NOT_ON_TASK, access=source.access)


def _finding_without_user(
    invitation: Invitation, source: Source, new: Iterable[UUID], *, can_search: bool
) -> Finding:
    """No user has the address: not sent, if this access sees everybody and awork had enough time."""
    if can_search and source.client.permissions().sees_all_users:
        if clock.now() - invitation.attempted_at < SETTLE_TIME:
            return Finding(State.UNCLEAR, Reason.TOO_EARLY, access=source.access)
        return Finding(State.NOT_SENT, Reason.UNKNOWN_ADDRESS, Evidence.UNKNOWN_ADDRESS, source.access)
    reason = Reason.NEW_ASSIGNEE_HIDDEN if any(new) else Reason.USERS_HIDDEN
    return Finding(State.UNCLEAR, reason, access=source.access)


def _search_user(
    invitation: Invitation, new: Iterable[UUID], client: Client
) -> tuple[bool, AworkUser | None]:
    """Whether awork allows the search, and the user with the address if this access can see them.

    People enter their addresses themselves, so several may have it: a new assignee comes first.
    """
    try:
        users = client.users_by_email(invitation.email)
    except AworkRefused:
        return False, None
    return True, min(users, key=lambda user: user.id not in new, default=None)


def _find_among_new(invitation: Invitation, new: Iterable[UUID], client: Client) -> AworkUser | None:
    """The new assignee whose address this is, if awork shows it."""
    for user_id in new:
        try:
            user = client.user(user_id)
        except AworkRefused:
            continue
        if key_of(user.email) == invitation.email_key:
            return user
    return None


def _has_history_entry(invitation: Invitation, client: Client, user_id: UUID) -> bool:
    """Whether the task's history shows that the user was assigned since the attempt."""
    since = invitation.attempted_at - CLOCK_SKEW
    try:
        history = client.activities(invitation.task_id)
    except AworkRefused:
        return False
    return any(entry.assigned == user_id and _is_between(entry.at, since) for entry in history)


def _is_between(at: str, since: datetime) -> bool:
    """Whether a moment of awork's lies between `since` and now."""
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return False
    moment = moment if timezone.is_aware(moment) else timezone.make_aware(moment)
    return since <= moment <= clock.now() + CLOCK_SKEW
