"""What awork's responses contain, limited to the fields that the desk relies on."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Exchange:
    """A request to awork and its result, safe to log and to store; no `status` if no response came."""

    method: str
    path: str
    status: int | None = None
    code: str = ""
    trace_id: str = ""
    milliseconds: int = 0
    edge_ref: str = ""  # of awork's firewall, where that blocked the request


@dataclass(frozen=True)
class Workspace:
    """A workspace."""

    id: UUID
    name: str


@dataclass(frozen=True)
class AworkUser:
    """A user of a workspace; `email` is the first contact info of type e-mail, `other_emails` the others.

    `invitation_accepted` is None if awork doesn't say. `is_external`: takes part through awork Connect.
    """

    id: UUID
    first_name: str
    last_name: str
    email: str
    is_deactivated: bool = False
    invitation_accepted: bool | None = None
    is_archived: bool = False
    is_external: bool = False
    is_agent: bool = False
    other_emails: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """First and last name, or the e-mail."""
        return f"{self.first_name} {self.last_name}".strip() or self.email


@dataclass(frozen=True)
class Me:
    """The signed-in person and their workspace (`GET /me`)."""

    user: AworkUser
    workspace: Workspace


@dataclass(frozen=True)
class AworkPermissions:
    """The signed-in person's permissions (`GET /me/permissions`), as pairs of feature and access level.

    `is_limited_to_teams`: whether `GET /users` shows them only the users of their own teams.
    """

    user_id: UUID
    is_admin: bool
    is_guest: bool
    is_blocked: bool
    features: frozenset[tuple[str, str]] = frozenset()
    is_limited_to_teams: bool = False

    @property
    def can_list_roles(self) -> bool:
        """`GET /roles` is for admins and workspace-manage-config:read."""
        return self.is_admin or ("workspace-manage-config", "read") in self.features

    @property
    def can_list_users(self) -> bool:
        """Without user-master-data:read, `GET /users` returns only the caller."""
        return self.is_admin or ("user-master-data", "read") in self.features

    @property
    def sees_all_users(self) -> bool:
        """Whether an address that `GET /users` doesn't have is in no account of the workspace."""
        return self.is_admin or (self.can_list_users and not self.is_limited_to_teams)


@dataclass(frozen=True)
class Role:
    """A role (`GET /roles`).

    Only `GET /roles/{id}/permissions` says whether it `manages` users or settings; None until that is read.
    """

    id: UUID
    name: str
    is_admin: bool = False
    is_guest: bool = False
    is_agent: bool = False
    is_archived: bool = False
    manages: bool | None = None

    @property
    def is_assignable(self) -> bool:
        """Whether a guest can have it at all: never as an admin or agent, nor with an archived role."""
        return not (self.is_admin or self.is_agent or self.is_archived)

    @property
    def may_manage(self) -> bool:
        """Whether it manages users or settings, for all we know; a guest role never does."""
        return not self.is_guest and self.manages is not False


@dataclass(frozen=True)
class Project:
    """A project (`GET /projects`); the keys of its tasks begin with `key`.

    `allows_several_assignees`: whether its tasks may have several; None if awork doesn't say. So is
    `created_by`, the user who created it.
    """

    id: UUID
    name: str
    key: str = ""
    allows_several_assignees: bool | None = None
    created_by: UUID | None = None


@dataclass(frozen=True)
class Assignee:
    """A task's assignee; planned effort in seconds, `distributed` if awork divides it among them."""

    id: UUID
    first_name: str
    last_name: str
    planned_effort: int = 0
    distributed: bool = True

    @property
    def name(self) -> str:
        """First and last name; "" for a guest who was invited by e-mail only and hasn't joined yet."""
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True)
class Task:
    """A task (`GET /tasks/…`, `GET /search`, `GET /me/allavailabletasks`).

    `is_private` is awork's base type "private", `status_type` one of awork's status types. Search results
    have assignees without planned efforts. `allows_several_assignees` is its project's; None if unknown.
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
    allows_several_assignees: bool | None = None

    @property
    def is_done(self) -> bool:
        """Whether it is completed."""
        return self.status_type in {"done", "closed"}


@dataclass(frozen=True)
class Deactivation:
    """A user was deactivated (`POST /users/{id}/deactivate`); a count is None if awork doesn't tell it.

    Private projects of this person are deleted, or get another manager if they have other members.
    """

    exchange: Exchange
    private_projects_deleted: int | None = None
    private_projects_reassigned: int | None = None


@dataclass(frozen=True)
class Comment:
    """A comment on a task (`GET /tasks/{id}/comments`); `text` is without awork's formatting.

    `exchange` is the call that posted it, or read it.
    """

    id: UUID
    user_id: UUID | None
    text: str
    created_on: str
    exchange: Exchange


@dataclass(frozen=True)
class AworkWebhook:
    """A webhook that awork has of the workspace (`GET /webhooks`), without its secret.

    Not `is_active`: awork paused it after deliveries that failed, or a person switched it off.
    """

    id: UUID
    uri: str
    events: str
    is_active: bool
    last_failure: str = ""


@dataclass(frozen=True)
class NameSuggestion:
    """The names that awork derives from an e-mail (`GET /users/autofill/{email}`)."""

    first_name: str
    last_name: str


@dataclass(frozen=True)
class Activity:
    """A change of a task (`GET /tasks/{id}/activities`); `assigned` is the user who was assigned by it."""

    at: str
    assigned: UUID | None
