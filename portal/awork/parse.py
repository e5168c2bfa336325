"""Turns awork's JSON into the classes of `schemas`; raises `ValueError` if a field is missing or mistyped.

awork's contract allows null for most texts, which become "". Numbers, flags and ids that a decision depends
on are required: a default could unassign people or offer an administrator's role.
"""

from uuid import UUID

from portal.awork.fields import (
    JSON,
    InvalidPayload,
    Object,
    flag,
    identity,
    identity_or_none,
    items,
    mapping,
    mappings,
    number,
    text,
)
from portal.awork.schemas import (
    Activity,
    Assignee,
    AworkPermissions,
    AworkUser,
    AworkWebhook,
    Comment,
    Deactivation,
    Exchange,
    Me,
    NameSuggestion,
    Project,
    Role,
    Task,
    Workspace,
)
from portal.email_addresses import readable

KEY_LENGTH = 40  # characters
COMMENT_LENGTH = 65000
MAX_COUNT = 2**31 - 1
MAX_EFFORT = 2**31 - 1  # seconds


def me(value: JSON) -> Me:
    """`GET /me`."""
    found = mapping(value)
    workspace = mapping(found.get("workspace"))
    return Me(
        user=user(found),
        workspace=Workspace(id=identity(workspace.get("id")), name=text(workspace.get("name"))),
    )


def user(value: JSON) -> AworkUser:
    """`GET /users/{id}`; the e-mail has no field of its own, it is one of the contact infos."""
    found = mapping(value)
    status = mapping(found.get("status"))
    accepted = status.get("invitationAccepted")
    email, *other_emails = _emails(items(found.get("userContactInfos"))) or [""]
    return AworkUser(
        id=identity(found.get("id")),
        first_name=text(found.get("firstName")),
        last_name=text(found.get("lastName")),
        email=email,
        is_deactivated=flag(status.get("isDeactivated")) or found.get("isDeactivated") is True,
        invitation_accepted=accepted if isinstance(accepted, bool) else None,
        is_archived=found.get("isArchived") is True,
        is_external=found.get("isExternal") is True,
        is_agent=found.get("isAgent") is True,
        other_emails=tuple(other_emails),
    )


def users(value: JSON) -> list[AworkUser]:
    """`GET /users`; an empty list proves that an address is unknown, null proves nothing."""
    if value is None:
        raise InvalidPayload
    return [user(item) for item in items(value)]


def permissions(value: JSON) -> AworkPermissions:
    """`GET /me/permissions`."""
    found = mapping(mapping(value).get("userPermission"))
    return AworkPermissions(
        user_id=identity(found.get("userId")),
        is_admin=flag(found.get("isAdmin")),
        is_guest=flag(found.get("isGuest")),
        is_blocked=flag(found.get("isBlocked")),
        features=_features(found.get("permissions")),
    )


def role_features(value: JSON) -> frozenset[tuple[str, str]]:
    """`GET /roles/{id}/permissions`; null is invalid, since it would make any role look harmless."""
    if value is None:
        raise InvalidPayload
    return _features(value)


def roles(value: JSON) -> list[Role]:
    """`GET /roles`."""
    return [
        Role(
            id=identity(found.get("id")),
            name=text(found.get("name")),
            is_admin=flag(found.get("isAdminRole")),
            is_guest=flag(found.get("isGuestRole")),
            is_agent=flag(found.get("isAgentRole")),
            is_archived=flag(found.get("isArchived")),
        )
        for found in mappings(value)
    ]


def permission_features(value: JSON) -> list[str]:
    """`GET /permissions/features`: the names of all features of permissions in the workspace."""
    if value is None:
        raise InvalidPayload
    return [text(feature) for feature in items(value)]


def user_ids(value: JSON) -> list[UUID]:
    """`GET /roles/{id}/users` and `GET /projects/{id}/members`; null is invalid, since it proves nothing."""
    if value is None:
        raise InvalidPayload
    return [identity(found.get("userId")) for found in mappings(value)]


def project(value: JSON) -> Project:
    """`GET /projects/{id}`."""
    found = mapping(value)
    several = found.get("isMultiAssignmentAllowed")
    return Project(
        id=identity(found.get("id")),
        name=text(found.get("name")),
        key=text(found.get("projectKey"), KEY_LENGTH),
        allows_several_assignees=several if isinstance(several, bool) else None,
        created_by=identity_or_none(found.get("createdBy")),
    )


def projects(value: JSON) -> list[Project]:
    """`GET /projects`."""
    return [project(item) for item in items(value)]


def task(value: JSON) -> Task:
    """`GET /tasks/{id}` and `GET /tasks/key/{key}`."""
    found = mapping(value)
    if "assignees" not in found:
        raise InvalidPayload  # unknown is not "nobody": assignees would be lost
    return _task(found, [_assignee(item) for item in mappings(found["assignees"])])


def tasks(value: JSON) -> list[Task]:
    """`GET /me/allavailabletasks`."""
    return [task(item) for item in items(value)]


def task_hits(value: JSON) -> list[Task]:
    """`GET /search`; assignees come without planned efforts."""
    group = mapping(value).get("taskHits")
    hits = mappings(mapping(group).get("hits")) if group is not None else []
    return [_task_hit(mapping(hit.get("entity"))) for hit in hits]


def name_suggestion(value: JSON) -> NameSuggestion:
    """`GET /users/autofill/{email}`."""
    found = mapping(value)
    return NameSuggestion(first_name=text(found.get("firstName")), last_name=text(found.get("lastName")))


def activities(value: JSON) -> list[Activity]:
    """`GET /tasks/{id}/activities`."""
    return [
        Activity(at=text(found.get("createdOn")), assigned=identity_or_none(found.get("assignedUserId")))
        for found in mappings(value)
    ]


def deactivation(value: JSON, exchange: Exchange) -> Deactivation:
    """`POST /users/{id}/deactivate?includeSummary=true`."""
    found = mapping(value)
    return Deactivation(
        exchange,
        number(found.get("privateProjectsDeletedCount"), least=0, most=MAX_COUNT),
        number(found.get("privateProjectManagersReassignedCount"), least=0, most=MAX_COUNT),
    )


def comment(value: JSON, exchange: Exchange) -> Comment:
    """`POST /tasks/{id}/comments`."""
    found = mapping(value)
    shown = text(found.get("plainFormattedMessage"), COMMENT_LENGTH)
    return Comment(
        id=identity(found.get("id")),
        user_id=identity_or_none(found.get("userId")),
        text=shown or text(found.get("message"), COMMENT_LENGTH),
        created_on=text(found.get("createdOn")),
        exchange=exchange,
    )


def comments(value: JSON, exchange: Exchange) -> list[Comment]:
    """`GET /tasks/{id}/comments`; null is invalid, since it proves nothing."""
    if value is None:
        raise InvalidPayload
    return [comment(item, exchange) for item in items(value)]


def webhook(value: JSON) -> AworkWebhook:
    """`POST /webhooks` and `PUT /webhooks/{id}`."""
    found = mapping(value)
    return AworkWebhook(
        id=identity(found.get("id")),
        uri=text(found.get("uri")),
        events=text(found.get("events")),
        is_active=flag(found.get("isActive")),
        last_failure=text(found.get("lastFailureReason")),
    )


def webhooks(value: JSON) -> list[AworkWebhook]:
    """`GET /webhooks`; null is invalid, since it proves nothing."""
    if value is None:
        raise InvalidPayload
    return [webhook(item) for item in items(value)]


def _emails(contact_infos: list[JSON]) -> list[str]:
    emails = [
        text(info.get("value"))
        for info in map(mapping, contact_infos)
        if text(info.get("type")).lower() == "email"
    ]
    return [readable(email) for email in emails if email]


def _features(value: JSON) -> frozenset[tuple[str, str]]:
    return frozenset(
        (text(found.get("feature")), text(level))
        for found in mappings(value)
        for level in items(found.get("accessLevels"))
    )


def _assignee(found: Object) -> Assignee:
    return Assignee(
        id=identity(found.get("id")),
        first_name=text(found.get("firstName")),
        last_name=text(found.get("lastName")),
        planned_effort=number(found.get("plannedEffort"), least=0, most=MAX_EFFORT),
        distributed=flag(found.get("isDistributedPlannedEffort")),
    )


def _task_hit(found: Object) -> Task:
    assignees = [
        Assignee(
            id=identity(item.get("id")),
            first_name=text(item.get("firstName")),
            last_name=text(item.get("lastName")),
        )
        for item in mappings(found.get("assignees"))
    ]
    return _task(found, assignees)


def _task(found: Object, assignees: list[Assignee]) -> Task:
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
        assignees=tuple(assignees),
    )
