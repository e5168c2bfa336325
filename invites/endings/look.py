"""Looking in awork whether a guest still has an access. Nothing is changed there."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from invites.models import Ending, EndingKind
from portal.awork.client import Client
from portal.awork.errors import NotFound
from portal.awork.schemas import Assignee


class SeenIn(StrEnum):
    """What shows it: `details["seen_in"]` of events."""

    ASSIGNEES = "assignees"
    MEMBERS = "members"
    USER = "user"


@dataclass(frozen=True)
class Seen:
    """Whether awork shows what the ending is to bring about; of a task, also who is assigned."""

    is_done: bool
    where: SeenIn
    assignees: tuple[Assignee, ...] = ()


def look(ending: Ending, client: Client) -> Seen:
    """What awork shows now; raises an `AworkError`, an `AworkRefused` where this access can't see it.

    The guest's account in awork must be known.
    """
    guest = ending.awork_id
    if guest is None:
        raise ValueError("the guest's account is unknown")
    return LOOKS[EndingKind(ending.kind)](ending, guest, client)


def _task(ending: Ending, guest: UUID, client: Client) -> Seen:
    assignees = client.task(ending.target_id).assignees
    return Seen(guest not in {one.id for one in assignees}, SeenIn.ASSIGNEES, assignees)


def _project(ending: Ending, guest: UUID, client: Client) -> Seen:
    return Seen(guest not in client.project_members(ending.target_id), SeenIn.MEMBERS)


def _workspace(ending: Ending, guest: UUID, client: Client) -> Seen:
    try:
        user = client.user(guest)
    except NotFound:  # deleted, or moved to Connect
        return Seen(True, SeenIn.USER)
    return Seen(user.is_deactivated or user.is_archived, SeenIn.USER)


def _activation(ending: Ending, guest: UUID, client: Client) -> Seen:
    user = client.user(guest)
    return Seen(not user.is_deactivated, SeenIn.USER)


LOOKS: dict[EndingKind, Callable[[Ending, UUID, Client], Seen]] = {
    EndingKind.TASK: _task,
    EndingKind.PROJECT: _project,
    EndingKind.WORKSPACE: _workspace,
    EndingKind.ACTIVATION: _activation,
}
