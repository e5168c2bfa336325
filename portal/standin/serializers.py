"""The stand-in's records as the JSON that awork sends."""

from datetime import datetime
from uuid import UUID

from portal.standin.entities import (
    JSON,
    Activity,
    Comment,
    Project,
    Role,
    StandinUser,
    Task,
    Webhook,
    stable_id,
)
from portal.standin.queries import CLOSED_TYPES, ReadOnlyWorld
from portal.standin.seed import SEEDED_AT

SYSTEM = stable_id("system")
TYPE_OF_WORK = stable_id("type-of-work")
Fields = dict[str, JSON]


def timestamp(at: datetime) -> str:
    """UTC with microseconds, so that the steps of one change keep their order."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def creation_fields(updated: datetime = SEEDED_AT) -> Fields:
    """Who created and updated a record, and when."""
    return {
        "createdOn": timestamp(min(SEEDED_AT, updated)),
        "createdBy": str(SYSTEM),
        "updatedOn": timestamp(updated),
        "updatedBy": str(SYSTEM),
    }


def user(world: ReadOnlyWorld, person: StandinUser) -> Fields:
    """A user; the e-mail address is one of their contact infos."""
    return {
        "id": str(person.id),
        "firstName": person.first_name or None,
        "lastName": person.last_name or None,
        "gender": person.gender or None,
        "title": None,
        "position": None,
        "language": person.language or None,
        "status": {
            "invitationAccepted": person.invitation_accepted,
            "isDeactivated": person.is_deactivated,
        },
        "isArchived": person.is_archived,
        "isDeactivated": person.is_deactivated,
        "isAgent": world.role_of(person).is_agent,
        "hasImage": False,
        "isExternal": person.is_external,
        "userContactInfos": [
            contact(person, "phone", "+49 30 0000000"),
            contact(person, "email", person.email),
        ],
        "tags": [],
        "teams": [{"id": str(stable_id("team", person.team)), "name": person.team}] if person.team else [],
        **creation_fields(),
        "createdOn": timestamp(person.created_on or SEEDED_AT),
    }


def user_in_role(person: StandinUser) -> Fields:
    """A user of a role."""
    return {"userId": str(person.id), "roleId": str(person.role_id), "isDeactivated": person.is_deactivated}


def contact(person: StandinUser, kind: str, value: str) -> Fields:
    """A contact info, such as a phone number."""
    return {
        "id": str(stable_id("contact", person.id, kind)),
        "label": None,
        "type": kind,
        "subType": "work",
        "value": value,
        "isAddress": False,
        **creation_fields(),
    }


def me(world: ReadOnlyWorld, person: StandinUser) -> Fields:
    """The signed-in user and their workspace."""
    workspace = world.workspace_of(person)
    workspace_fields: Fields = {"id": str(workspace.id), "name": workspace.name, "url": workspace.url}
    return {
        **user(world, person),
        "accountId": str(stable_id("account", person.id)),
        "workspace": workspace_fields,
    }


def permissions(world: ReadOnlyWorld, person: StandinUser) -> Fields:
    """The signed-in user's permissions."""
    role = world.role_of(person)
    return {
        "signature": None,
        "userPermission": {
            "userId": str(person.id),
            "isAdmin": role.is_admin,
            "isGuest": role.is_guest,
            "roleId": str(role.id),
            "isBlocked": person.is_blocked,
            "permissions": [*feature_list(role.features)],
            "projectRolesPermissions": [],
        },
    }


def feature_list(features: frozenset[tuple[str, str]]) -> list[Fields]:
    """Each feature with its access levels."""
    levels: dict[str, list[JSON]] = {}
    for feature, level in sorted(features):
        levels.setdefault(feature, []).append(level)
    return [{"feature": name, "accessLevels": granted} for name, granted in levels.items()]


def role_permissions(role_id: UUID, features: frozenset[tuple[str, str]]) -> list[Fields]:
    """A role's permissions."""
    dates: Fields = {"createdOn": timestamp(SEEDED_AT), "updatedOn": timestamp(SEEDED_AT)}
    return [
        {"id": str(stable_id("permission", role_id, one["feature"])), **one, **dates}
        for one in feature_list(features)
    ]


def role(one: Role) -> Fields:
    """A role."""
    return {
        "id": str(one.id),
        "name": one.name,
        "isAdminRole": one.is_admin,
        "isGuestRole": one.is_guest,
        "isAgentRole": one.is_agent,
        "isPreset": one.is_admin or one.is_guest,
        "isArchived": one.is_archived,
        **creation_fields(),
    }


def project(one: Project) -> Fields:
    """A project."""
    setting: Fields = {}
    if one.allows_several is not None:
        setting["isMultiAssignmentAllowed"] = one.allows_several
    return {
        "id": str(one.id),
        "name": one.name,
        "projectKey": one.key,
        "isPrivate": one.is_private,
        "isBillableByDefault": True,
        "hasImage": False,
        "isExternal": False,
        "projectStatusId": str(stable_id("project-status")),
        "members": [],
        "tags": [],
        **setting,
        **creation_fields(),
        "createdBy": str(one.created_by or SYSTEM),
    }


def project_member(project_id: UUID, person: StandinUser) -> Fields:
    """A member of a project."""
    return {
        "id": str(stable_id("project-member", project_id, person.id)),
        "userId": str(person.id),
        "firstName": person.first_name or None,
        "lastName": person.last_name or None,
        "hasImage": False,
        "projectRoleId": str(stable_id("project-role")),
        "projectRoleName": "Member",
        "isResponsible": False,
        "isDeactivated": person.is_deactivated,
        "isExternal": person.is_external,
    }


def pick(fields: Fields, *names: str) -> Fields:
    """Only these fields."""
    return {name: fields[name] for name in names}


def task_key(world: ReadOnlyWorld, task: Task) -> str | None:
    """The key such as WEB-12; private tasks have none."""
    return f"{world.projects[task.project_id].key}-{task.number}" if task.project_id else None


def status(one: Task) -> Fields:
    """A task's status: its name and its type."""
    return {
        "id": str(stable_id("status", one.status)),
        "name": one.status,
        "type": one.status_type,
        "isExternal": False,
        **creation_fields(),
    }


def task(world: ReadOnlyWorld, one: Task) -> Fields:
    """A task with its assignees and their planned efforts in seconds."""
    assignees: list[JSON] = [
        {
            **user_name(world, each.user_id),
            "hasImage": False,
            "plannedEffort": one.effort_share if each.effort is None else each.effort,
            "isDistributedPlannedEffort": each.effort is None,
            "updatedOn": timestamp(one.updated_on),
            "isExternal": False,
        }
        for each in one.assignees
    ]
    fields: Fields = {
        "id": str(one.id),
        "name": one.name,
        "description": None,
        "taskNumber": one.number or None,
        "taskIdentifier": task_key(world, one),
        "baseType": "projecttask" if one.project_id else "private",
        "isPrio": False,
        "isExternal": False,
        "isHiddenForConnectUsers": False,
        "plannedDuration": one.planned,
        "taskStatusId": str(stable_id("status", one.status)),
        "taskStatus": status(one),
        "typeOfWorkId": str(TYPE_OF_WORK),
        "typeOfWork": {"id": str(TYPE_OF_WORK), "name": "General", "icon": None, "isArchived": False},
        "assignees": assignees,
        "projectId": str(one.project_id) if one.project_id else None,
        "userId": None if one.project_id else str(one.owner_id),
        "parentId": None,
        "closedOn": timestamp(one.updated_on) if one.status_type in CLOSED_TYPES else None,
        "tags": [],
        **creation_fields(one.updated_on),
    }
    if one.project_id:
        its_project = project(world.projects[one.project_id])
        fields["project"] = pick(
            its_project, "id", "name", "projectKey", "isPrivate", "hasImage", "isExternal", "createdBy"
        )
    return fields


def user_name(world: ReadOnlyWorld, user_id: UUID) -> Fields:
    """A user's id and names."""
    person = world.people[user_id]
    return {"id": str(user_id), "firstName": person.first_name or None, "lastName": person.last_name or None}


def search_hit(world: ReadOnlyWorld, one: Task) -> Fields:
    """A task in search results: without efforts, and without the project's key."""
    entity: Fields = {
        "id": str(one.id),
        "workspaceId": str(one.workspace_id),
        "name": one.name,
        "taskIdentifier": task_key(world, one),
        "baseType": "projecttask" if one.project_id else "private",
        "assignees": [user_name(world, each.user_id) for each in one.assignees],
        "isOpen": one.status_type not in CLOSED_TYPES,
        "taskStatus": {"name": one.status, "type": one.status_type, "icon": None},
        "projectId": str(one.project_id) if one.project_id else None,
        "userId": None if one.project_id else str(one.owner_id),
        "createdBy": str(SYSTEM),
        "isExternal": False,
        "isHiddenForConnectUsers": False,
        "indexTime": timestamp(one.updated_on),
    }
    if one.project_id:
        its_project = project(world.projects[one.project_id])
        entity["project"] = pick(its_project, "id", "name", "isPrivate", "createdBy", "isExternal")
    return {"type": "task", "score": 1.0, "entity": entity, "highlights": {}}


def activity(world: ReadOnlyWorld, one: Activity) -> Fields:
    """An entry of a task's history."""
    task_fields: Fields = {"id": str(one.task_id), "name": world.tasks[one.task_id].name}
    fields: Fields = {
        "id": str(one.id),
        "originType": "user",
        "executingUserId": str(one.by),
        "triggeredByUserId": str(one.by),
        "entityType": "taskassignment",
        "entityId": str(one.task_id),
        "entity": task_fields,
        "eventType": one.event,
        "eventDate": timestamp(one.at),
        "taskId": str(one.task_id),
        "task": task_fields,
        "assignedUserId": str(one.assigned) if one.assigned else None,
        "unassignedUserId": str(one.unassigned) if one.unassigned else None,
        "createdOn": timestamp(one.at),
        "updatedOn": timestamp(one.at),
        "createdBy": str(one.by),
        "updatedBy": str(one.by),
    }
    for name, user_id in (("assignedUser", one.assigned), ("unassignedUser", one.unassigned)):
        if user_id:
            fields[name] = {**user_name(world, user_id), "hasImage": False}
    return fields


def comment(world: ReadOnlyWorld, one: Comment) -> Fields:
    """A comment on a task."""
    task_fields: Fields = {"id": str(one.task_id), "name": world.tasks[one.task_id].name}
    fields: Fields = {
        "id": str(one.id),
        "entityType": "tasks",
        "entityId": str(one.task_id),
        "entity": task_fields,
        "task": task_fields,
        "message": one.message,
        "plainFormattedMessage": one.message,
        "userId": str(one.by),
        "isHiddenForConnectUsers": one.is_hidden,
        "reactions": [],
        "createdOn": timestamp(one.at),
        "createdBy": str(one.by),
        "updatedOn": timestamp(one.at),
        "updatedBy": str(one.by),
    }
    if one.by in world.people:
        fields["user"] = {**user_name(world, one.by), "hasImage": False, "isExternal": False}
    return fields


def webhook(one: Webhook) -> Fields:
    """A webhook, with its secret."""
    return {
        "id": str(one.id),
        "name": one.name,
        "uri": one.uri,
        "events": one.events,
        "isActive": one.is_active,
        "onlyTriggerForMainEntityChanges": False,
        "authenticationType": one.authentication_type,
        "authentication": one.authentication or None,
        "receiverType": "custom",
        "lastFailureReason": one.last_failure_reason or None,
        "createdOn": timestamp(one.created_on),
        "createdBy": str(one.created_by),
        "updatedOn": timestamp(one.created_on),
        "updatedBy": str(one.created_by),
    }
