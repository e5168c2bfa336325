"""What awork's answers mean to the portal: only the fields that it relies on."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Exchange:
    """One request to awork and what came back; `status` is None where no answer came."""

    method: str
    path: str
    status: int | None = None
    code: str = ""
    trace_id: str = ""
    milliseconds: int = 0


@dataclass(frozen=True)
class Workspace:
    """A workspace; `url` as awork gives it."""

    id: UUID
    name: str
    url: str = ""


@dataclass(frozen=True)
class AworkUser:
    """A user of a workspace; `email` is the first contact info of type e-mail."""

    id: UUID
    first_name: str
    last_name: str
    email: str
    is_deactivated: bool = False
    invitation_accepted: bool = True

    @property
    def name(self) -> str:
        """First and last name, or the address."""
        return f"{self.first_name} {self.last_name}".strip() or self.email


@dataclass(frozen=True)
class Me:
    """The signed-in person and their workspace (`GET /me`)."""

    user: AworkUser
    workspace: Workspace


@dataclass(frozen=True)
class AworkPermissions:
    """What the signed-in person may do (`GET /me/permissions`)."""

    is_admin: bool
    is_guest: bool
    is_blocked: bool
    features: frozenset[tuple[str, str]] = frozenset()

    @property
    def can_list_roles(self) -> bool:
        """`GET /roles` needs an admin or workspace-manage-config:read."""
        return self.is_admin or ("workspace-manage-config", "read") in self.features

    @property
    def can_list_users(self) -> bool:
        """Without user-master-data:read, `GET /users` shows only oneself."""
        return self.is_admin or ("user-master-data", "read") in self.features


@dataclass(frozen=True)
class Role:
    """A role of the workspace; `manages` users or settings, which `GET /roles` does not tell."""

    id: UUID
    name: str
    is_admin: bool = False
    is_guest: bool = False
    is_agent: bool = False
    is_archived: bool = False
    manages: bool = False


@dataclass(frozen=True)
class Project:
    """A project, from `GET /projects`; its tasks' keys begin with `key`."""

    id: UUID
    name: str
    key: str = ""


@dataclass(frozen=True)
class Assignee:
    """Somebody assigned to a task; the planned effort in seconds, `distributed` if awork divides it."""

    id: UUID
    first_name: str
    last_name: str
    planned_effort: int = 0
    distributed: bool = True

    @property
    def name(self) -> str:
        """First and last name; "" for a guest invited by address alone who has not answered yet."""
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True)
class Task:
    """A task, from `GET /tasks/…`, a search hit or a list.

    `is_private` is awork's base type "private"; `status_type` is one of awork's status types, of which
    "done" and "closed" are at an end. A search hit carries assignees without their planned efforts.
    """

    id: UUID
    key: str
    name: str
    is_private: bool = False
    project_id: UUID | None = None
    project: str = ""
    status: str = ""
    status_type: str = ""
    assignees: tuple[Assignee, ...] = ()

    @property
    def is_done(self) -> bool:
        """Whether work on it has ended."""
        return self.status_type in {"done", "closed"}


@dataclass(frozen=True)
class NameSuggestion:
    """What awork makes of an address (`GET /users/autofill/{email}`); gender is "" where not guessed."""

    first_name: str
    last_name: str
    gender: str = ""


@dataclass(frozen=True)
class Activity:
    """One change of a task (`GET /tasks/{id}/activities`)."""

    id: UUID
    at: str
    event: str
    by: UUID | None
    assigned: UUID | None
