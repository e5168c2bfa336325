"""awork's JSON turned into shapes; whatever is missing or of another type is a `ValueError`.

awork's contract marks most texts as nullable: those are "" here. Numbers, flags and ids that a decision
rests on have to be there, since a default could take people off a task or offer an administrator's role.
"""

import json
from dataclasses import dataclass

from portal.awork.fields import (
    JSON,
    InvalidPayload,
    Object,
    flag,
    identity,
    identity_or_none,
    items,
    mapping,
    number,
    text,
)
from portal.awork.schemas import (
    Activity,
    Assignee,
    AworkPermissions,
    AworkUser,
    Me,
    NameSuggestion,
    Project,
    Role,
    Task,
    Workspace,
)

KEY_LENGTH = 40  # characters
CODE_LENGTH = 100
TRACE_LENGTH = 100
DESCRIPTION_LENGTH = 2000
GENDERS = frozenset({"male", "female", "other"})


@dataclass(frozen=True)
class ErrorBody:
    """What an error body tells."""

    code: str = ""
    description: str = ""
    trace_id: str = ""


def error(body: bytes) -> ErrorBody:
    """The code (OAuth's `error` too), description and trace id of an error body; "" what is unreadable."""
    try:
        found = mapping(json.loads(body))
        return ErrorBody(
            code=text(found.get("code") or found.get("error"), CODE_LENGTH),
            description=text(_description(found), DESCRIPTION_LENGTH),
            trace_id=text(found.get("traceId"), TRACE_LENGTH),
        )
    except (ValueError, RecursionError):
        return ErrorBody()


def me(value: JSON) -> Me:
    """`GET /me`: the person, with the workspace nested."""
    found = mapping(value)
    workspace = mapping(found.get("workspace"))
    return Me(
        user=user(found),
        workspace=Workspace(
            id=identity(workspace.get("id")),
            name=text(workspace.get("name")),
            url=text(workspace.get("url")),
        ),
    )


def user(value: JSON) -> AworkUser:
    """A user; there is no field for the address, it is among the contact infos."""
    found = mapping(value)
    status = mapping(found.get("status"))
    return AworkUser(
        id=identity(found.get("id")),
        first_name=text(found.get("firstName")),
        last_name=text(found.get("lastName")),
        email=_email(items(found.get("userContactInfos"))),
        is_deactivated=flag(status.get("isDeactivated")) or found.get("isDeactivated") is True,
        invitation_accepted=flag(status.get("invitationAccepted")),
    )


def users(value: JSON) -> list[AworkUser]:
    """`GET /users`; an empty list proves that an address is unknown, null proves nothing."""
    if value is None:
        raise InvalidPayload
    return [user(entry) for entry in items(value)]


def permissions(value: JSON) -> AworkPermissions:
    """`GET /me/permissions`."""
    found = mapping(mapping(value).get("userPermission"))
    return AworkPermissions(
        is_admin=flag(found.get("isAdmin")),
        is_guest=flag(found.get("isGuest")),
        is_blocked=flag(found.get("isBlocked")),
        features=_features(found.get("permissions")),
    )


def role_features(value: JSON) -> frozenset[tuple[str, str]]:
    """`GET /roles/{id}/permissions`; a list has to be there, since none would make a role harmless."""
    if value is None:
        raise InvalidPayload
    return _features(value)


def roles(value: JSON) -> list[Role]:
    """`GET /roles`."""
    return [_role(mapping(entry)) for entry in items(value)]


def projects(value: JSON) -> list[Project]:
    """`GET /projects`."""
    return [_project(mapping(entry)) for entry in items(value)]


def task(value: JSON) -> Task:
    """A task as `GET /tasks/…` and the lists of tasks give it."""
    found = mapping(value)
    if "assignees" not in found:
        raise InvalidPayload  # unknown is not nobody: the team would be lost
    assignees = [mapping(entry) for entry in items(found["assignees"])]
    return _task(found, tuple(_assignee(entry) for entry in assignees))


def tasks(value: JSON) -> list[Task]:
    """A list of tasks."""
    return [task(entry) for entry in items(value)]


def task_hits(value: JSON) -> list[Task]:
    """The tasks that `GET /search` found; their assignees come without planned efforts."""
    group = mapping(value).get("taskHits")
    hits = items(mapping(group).get("hits")) if group is not None else []
    return [_hit(mapping(mapping(hit).get("entity"))) for hit in hits]


def name_suggestion(value: JSON) -> NameSuggestion:
    """`GET /users/autofill/{email}`."""
    found = mapping(value)
    gender = text(found.get("gender")).lower()
    return NameSuggestion(
        first_name=text(found.get("firstName")),
        last_name=text(found.get("lastName")),
        gender=gender if gender in GENDERS else "",
    )


def activities(value: JSON) -> list[Activity]:
    """`GET /tasks/{id}/activities`."""
    return [_activity(mapping(entry)) for entry in items(value)]


def _description(found: Object) -> str:
    """The description, and what awork says of single fields."""
    fields = found.get("validationErrors")
    told = [one.get("message") for one in fields if isinstance(one, dict)] if isinstance(fields, list) else []
    return " ".join(said for said in [found.get("description"), *told] if said and isinstance(said, str))


def _email(infos: list[JSON]) -> str:
    for info in map(mapping, infos):
        value = text(info.get("value"))
        if value and text(info.get("type")).lower() == "email":
            return value
    return ""


def _features(value: JSON) -> frozenset[tuple[str, str]]:
    return frozenset(
        (text(entry.get("feature")), text(level))
        for entry in map(mapping, items(value))
        for level in items(entry.get("accessLevels"))
    )


def _role(found: Object) -> Role:
    return Role(
        id=identity(found.get("id")),
        name=text(found.get("name")),
        is_admin=flag(found.get("isAdminRole")),
        is_guest=flag(found.get("isGuestRole")),
        is_agent=flag(found.get("isAgentRole")),
        is_archived=flag(found.get("isArchived")),
    )


def _project(found: Object) -> Project:
    return Project(
        id=identity(found.get("id")),
        name=text(found.get("name")),
        key=text(found.get("projectKey"), KEY_LENGTH),
    )


def _assignee(found: Object) -> Assignee:
    return Assignee(
        id=identity(found.get("id")),
        first_name=text(found.get("firstName")),
        last_name=text(found.get("lastName")),
        planned_effort=number(found.get("plannedEffort")),
        distributed=flag(found.get("isDistributedPlannedEffort")),
    )


def _hit(found: Object) -> Task:
    assignees = [mapping(entry) for entry in items(found.get("assignees"))]
    return _task(
        found,
        tuple(
            Assignee(
                id=identity(entry.get("id")),
                first_name=text(entry.get("firstName")),
                last_name=text(entry.get("lastName")),
            )
            for entry in assignees
        ),
    )


def _task(found: Object, assignees: tuple[Assignee, ...]) -> Task:
    project = mapping(found.get("project") or {})
    status = mapping(found.get("taskStatus") or {})
    return Task(
        id=identity(found.get("id")),
        key=text(found.get("taskIdentifier"), KEY_LENGTH),
        name=text(found.get("name")),
        is_private=text(found.get("baseType")) == "private",
        project_id=identity_or_none(found.get("projectId") or project.get("id")),
        project=text(project.get("name")),
        status=text(status.get("name")),
        status_type=text(status.get("type")),
        assignees=assignees,
    )


def _activity(found: Object) -> Activity:
    return Activity(
        id=identity(found.get("id")),
        at=text(found.get("createdOn")),
        event=text(found.get("eventType")),
        by=identity_or_none(found.get("userId") or found.get("createdBy")),
        assigned=identity_or_none(found.get("assignedUserId")),
    )
