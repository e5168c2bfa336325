"""What a guest can reach in awork, as awork shows it to the person who looks."""

from dataclasses import dataclass
from uuid import UUID

from invites.models import Guest, GuestState
from portal.awork.client import Client
from portal.awork.errors import AworkError
from portal.awork.schemas import Project, Task
from portal.awork.tokens import client_for
from portal.models import User

SHOWN = 50  # tasks that are read, done ones included
NOTHING_LEFT = {GuestState.ENDED.value, GuestState.GONE.value}


@dataclass(frozen=True)
class Reach:
    """The guest's projects, and the open ones of their last 50 tasks; `is_cut`: whether there may be more."""

    projects: list[Project]
    tasks: list[Task]
    is_cut: bool


def reach_of(guest: Guest, reader: User) -> Reach | None:
    """What awork shows the reader now; None if it doesn't answer, or the guest's account is unknown."""
    if guest.awork_id is None or guest.state in NOTHING_LEFT:
        return None
    try:
        return _read(guest.awork_id, client_for(reader))
    except AworkError:
        return None


def _read(user_id: UUID, client: Client) -> Reach:
    tasks = client.assigned_tasks(user_id, top=SHOWN)
    open_tasks = [task for task in tasks if not task.is_done]
    return Reach(client.projects_of(user_id), open_tasks, is_cut=len(tasks) == SHOWN)
