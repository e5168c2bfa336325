"""What the stand-in's world is made of; a change makes a new record, so that a reset is a copy of dicts."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

NAMESPACE = UUID("5a0d11c4-0f5e-4b0e-9b7a-2f6b3c1d9e77")
JSON = dict[str, "JSON"] | list["JSON"] | str | int | float | bool | None


def named(*parts: object) -> UUID:
    """The id that this name always has."""
    return uuid5(NAMESPACE, "/".join(map(str, parts)))


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace; `seats` are whole licences."""

    id: UUID
    name: str
    url: str
    seats: int


@dataclass(frozen=True, slots=True)
class Role:
    """A role; `features` are pairs of feature and access level."""

    id: UUID
    workspace_id: UUID
    name: str
    is_admin: bool = False
    is_guest: bool = False
    is_agent: bool = False
    is_archived: bool = False
    features: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Person:
    """A user; `handle` names members of the cast, `about` says what they are."""

    id: UUID
    workspace_id: UUID
    role_id: UUID
    first_name: str
    last_name: str
    email: str
    handle: str = ""
    about: str = ""
    gender: str = ""
    is_deactivated: bool = False
    is_blocked: bool = False
    invitation_accepted: bool = True

    @property
    def name(self) -> str:
        """First and last name, or the address."""
        return f"{self.first_name} {self.last_name}".strip() or self.email


@dataclass(frozen=True, slots=True)
class Project:
    """A project; a private one is seen by its members only."""

    id: UUID
    workspace_id: UUID
    key: str
    name: str
    members: frozenset[UUID] = frozenset()
    is_private: bool = False


@dataclass(frozen=True, slots=True)
class Assignment:
    """Somebody on a task; `effort` in seconds, None where awork divides the task's planned time."""

    user_id: UUID
    effort: int | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """A task; a private one has an owner in place of a project. `planned` is in seconds."""

    id: UUID
    workspace_id: UUID
    name: str
    number: int
    project_id: UUID | None
    owner_id: UUID
    status: str
    status_type: str
    updated_on: datetime
    planned: int = 0
    assignees: tuple[Assignment, ...] = ()

    @property
    def share(self) -> int:
        """Seconds for each assignee whose effort is distributed."""
        fixed = sum(one.effort for one in self.assignees if one.effort is not None)
        sharing = sum(one.effort is None for one in self.assignees)
        return max(0, self.planned - fixed) // sharing if sharing else 0

    def has(self, user_id: UUID) -> bool:
        """Whether this person is assigned."""
        return any(one.user_id == user_id for one in self.assignees)


@dataclass(frozen=True, slots=True)
class Activity:
    """One change of a task: somebody was assigned or taken off."""

    id: UUID
    task_id: UUID
    at: datetime
    event: str
    by: UUID
    assigned: UUID | None = None
    unassigned: UUID | None = None
