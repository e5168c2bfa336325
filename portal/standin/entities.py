"""The stand-in's records. They are immutable, so that a reset only copies dicts."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

NAMESPACE = UUID("5a0d11c4-0f5e-4b0e-9b7a-2f6b3c1d9e77")
JSON = dict[str, "JSON"] | list["JSON"] | str | int | float | bool | None


def stable_id(*parts: object) -> UUID:
    """An id that is always the same for the same name."""
    return uuid5(NAMESPACE, "/".join(map(str, parts)))


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace with a number of licences."""

    id: UUID
    name: str
    url: str
    seats: int


@dataclass(frozen=True, slots=True)
class Role:
    """A role; `features` are its permissions, pairs of feature and access level."""

    id: UUID
    workspace_id: UUID
    name: str
    is_admin: bool = False
    is_guest: bool = False
    is_agent: bool = False
    is_archived: bool = False
    features: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class StandinUser:
    """A user; `handle` is the short name of a seeded user, `about` describes them on the sign-in page.

    `is_external`: awork Connect. `team` is the name of their team, if they are in one.
    """

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
    is_archived: bool = False
    is_external: bool = False
    team: str = ""
    created_on: datetime | None = None  # None: in the seed
    language: str = ""  # a tag such as "de-DE"

    @property
    def name(self) -> str:
        """First and last name, or the e-mail address."""
        return f"{self.first_name} {self.last_name}".strip() or self.email


@dataclass(frozen=True, slots=True)
class Project:
    """A project; a private one is visible only to its members.

    `allows_several`: whether its tasks may have several assignees; None leaves the field out of responses.
    `created_by` is None for those that nobody in the seed created.
    """

    id: UUID
    workspace_id: UUID
    key: str
    name: str
    members: frozenset[UUID] = frozenset()
    is_private: bool = False
    allows_several: bool | None = True
    created_by: UUID | None = None


@dataclass(frozen=True, slots=True)
class Assignment:
    """An assignee; `effort` is in seconds, or None for a share of the task's remaining planned time."""

    user_id: UUID
    effort: int | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """A task; a private one has an owner instead of a project. `planned` is in seconds."""

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
    def effort_share(self) -> int:
        """Seconds for each assignee without a fixed effort."""
        fixed = sum(one.effort for one in self.assignees if one.effort is not None)
        sharing = sum(one.effort is None for one in self.assignees)
        return max(0, self.planned - fixed) // sharing if sharing else 0

    def is_assigned(self, user_id: UUID) -> bool:
        """Whether this user is assigned."""
        return any(one.user_id == user_id for one in self.assignees)


@dataclass(frozen=True, slots=True)
class Activity:
    """An entry of a task's history: a user was assigned or unassigned."""

    id: UUID
    task_id: UUID
    at: datetime
    event: str
    by: UUID
    assigned: UUID | None = None
    unassigned: UUID | None = None


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment on a task, hidden from users of awork Connect or not."""

    id: UUID
    task_id: UUID
    at: datetime
    by: UUID
    message: str
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook; `events` is a list with commas, `authentication` a header such as "name=value"."""

    id: UUID
    workspace_id: UUID
    created_by: UUID
    created_on: datetime
    name: str
    uri: str
    events: str
    is_active: bool = True
    authentication_type: str = "none"
    authentication: str = ""
    last_failure_reason: str = ""
