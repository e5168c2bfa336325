"""The world's records in the form of awork's answers."""

from datetime import datetime
from uuid import UUID

from portal.standin.cast import BEGINNING
from portal.standin.records import JSON, Activity, Person, Project, Role, Task, named
from portal.standin.state import CLOSED, State

SYSTEM = named("system")
TYPE_OF_WORK = named("type-of-work")
Fields = dict[str, JSON]


def instant(at: datetime) -> str:
    """UTC, fine enough that one step of a change comes after the other."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def stamps(updated: datetime = BEGINNING) -> Fields:
    """Who made and changed it, and when."""
    return {
        "createdOn": instant(min(BEGINNING, updated)),
        "createdBy": str(SYSTEM),
        "updatedOn": instant(updated),
        "updatedBy": str(SYSTEM),
    }


def user(person: Person) -> Fields:
    """A user, their address among the contact infos."""
    return {
        "id": str(person.id),
        "firstName": person.first_name or None,
        "lastName": person.last_name or None,
        "gender": person.gender or None,
        "title": None,
        "position": None,
        "language": "en-us",
        "status": {
            "invitationAccepted": person.invitation_accepted,
            "isDeactivated": person.is_deactivated,
        },
        "isArchived": False,
        "isDeactivated": person.is_deactivated,
        "isAgent": False,
        "hasImage": False,
        "isExternal": False,
        "userContactInfos": [
            contact(person, "phone", "+49 30 0000000"),
            contact(person, "email", person.email),
        ],
        "tags": [],
        "teams": [],
        **stamps(),
    }


def contact(person: Person, kind: str, value: str) -> Fields:
    """One way to reach a person."""
    return {
        "id": str(named("contact", person.id, kind)),
        "label": None,
        "type": kind,
        "subType": "work",
        "value": value,
        "isAddress": False,
        **stamps(),
    }


def me(world: State, person: Person) -> Fields:
    """The signed-in user and their workspace."""
    workspace = world.workspace_of(person)
    home: Fields = {"id": str(workspace.id), "name": workspace.name, "url": workspace.url}
    return {**user(person), "accountId": str(named("account", person.id)), "workspace": home}


def permissions(world: State, person: Person) -> Fields:
    """What the signed-in user may do."""
    role = world.role_of(person)
    return {
        "signature": None,
        "userPermission": {
            "userId": str(person.id),
            "isAdmin": role.is_admin,
            "isGuest": role.is_guest,
            "roleId": str(role.id),
            "isBlocked": person.is_blocked,
            "permissions": [*granted(role.features)],
            "projectRolesPermissions": [],
        },
    }


def granted(features: frozenset[tuple[str, str]]) -> list[Fields]:
    """Features, each with its access levels."""
    levels: dict[str, list[JSON]] = {}
    for feature, level in sorted(features):
        levels.setdefault(feature, []).append(level)
    return [{"feature": name, "accessLevels": given} for name, given in levels.items()]


def role_permissions(role_id: UUID, features: frozenset[tuple[str, str]]) -> list[Fields]:
    """What a role may do."""
    made: Fields = {"createdOn": instant(BEGINNING), "updatedOn": instant(BEGINNING)}
    return [
        {"id": str(named("permission", role_id, one["feature"])), **one, **made} for one in granted(features)
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
        **stamps(),
    }


def project(one: Project) -> Fields:
    """A project."""
    return {
        "id": str(one.id),
        "name": one.name,
        "projectKey": one.key,
        "isPrivate": one.is_private,
        "isBillableByDefault": True,
        "hasImage": False,
        "isExternal": False,
        "projectStatusId": str(named("project-status")),
        "members": [],
        "tags": [],
        **stamps(),
    }


def project_of_task(one: Project) -> Fields:
    """What a task tells of its project."""
    return {
        "id": str(one.id),
        "name": one.name,
        "projectKey": one.key,
        "isPrivate": one.is_private,
        "hasImage": False,
        "isExternal": False,
        "createdBy": str(SYSTEM),
    }


def key_of(world: State, task: Task) -> str | None:
    """The human key; private tasks have none."""
    return f"{world.projects[task.project_id].key}-{task.number}" if task.project_id else None


def status(one: Task) -> Fields:
    """The status of a task with the general type behind its name."""
    return {
        "id": str(named("status", one.status)),
        "name": one.status,
        "type": one.status_type,
        "isExternal": False,
        **stamps(),
    }


def task(world: State, one: Task) -> Fields:
    """A task with its assignees and their efforts in seconds."""
    assignees: list[JSON] = [
        {
            **name_of(world, each.user_id),
            "hasImage": False,
            "plannedEffort": one.share if each.effort is None else each.effort,
            "isDistributedPlannedEffort": each.effort is None,
            "updatedOn": instant(one.updated_on),
            "isExternal": False,
        }
        for each in one.assignees
    ]
    answer: Fields = {
        "id": str(one.id),
        "name": one.name,
        "description": None,
        "taskNumber": one.number or None,
        "taskIdentifier": key_of(world, one),
        "baseType": "projecttask" if one.project_id else "private",
        "isPrio": False,
        "isExternal": False,
        "isHiddenForConnectUsers": False,
        "plannedDuration": one.planned,
        "taskStatusId": str(named("status", one.status)),
        "taskStatus": status(one),
        "typeOfWorkId": str(TYPE_OF_WORK),
        "typeOfWork": {"id": str(TYPE_OF_WORK), "name": "General", "icon": None, "isArchived": False},
        "assignees": assignees,
        "projectId": str(one.project_id) if one.project_id else None,
        "userId": None if one.project_id else str(one.owner_id),
        "parentId": None,
        "closedOn": instant(one.updated_on) if one.status_type in CLOSED else None,
        "tags": [],
        **stamps(one.updated_on),
    }
    if one.project_id:
        answer["project"] = project_of_task(world.projects[one.project_id])
    return answer


def name_of(world: State, user_id: UUID) -> Fields:
    """Id and names of a user."""
    person = world.people[user_id]
    return {"id": str(user_id), "firstName": person.first_name or None, "lastName": person.last_name or None}


def hit(world: State, one: Task) -> Fields:
    """A task as the search finds it: without efforts and without the project's key."""
    entity: Fields = {
        "id": str(one.id),
        "workspaceId": str(one.workspace_id),
        "name": one.name,
        "taskIdentifier": key_of(world, one),
        "baseType": "projecttask" if one.project_id else "private",
        "assignees": [name_of(world, each.user_id) for each in one.assignees],
        "isOpen": one.status_type not in CLOSED,
        "taskStatus": {"name": one.status, "type": one.status_type, "icon": None},
        "projectId": str(one.project_id) if one.project_id else None,
        "userId": None if one.project_id else str(one.owner_id),
        "createdBy": str(SYSTEM),
        "isExternal": False,
        "isHiddenForConnectUsers": False,
        "indexTime": instant(one.updated_on),
    }
    if one.project_id:
        of = world.projects[one.project_id]
        entity["project"] = {
            "id": str(of.id),
            "name": of.name,
            "isPrivate": of.is_private,
            "createdBy": str(SYSTEM),
            "isExternal": False,
        }
    return {"type": "task", "score": 1.0, "entity": entity, "highlights": {}}


def activity(world: State, one: Activity) -> Fields:
    """One entry of a task's history."""
    of = world.tasks[one.task_id]
    answer: Fields = {
        "id": str(one.id),
        "originType": "user",
        "executingUserId": str(one.by),
        "triggeredByUserId": str(one.by),
        "entityType": "taskassignment",
        "entityId": str(one.task_id),
        "entity": {"id": str(of.id), "name": of.name},
        "eventType": one.event,
        "eventDate": instant(one.at),
        "taskId": str(of.id),
        "task": {"id": str(of.id), "name": of.name},
        "assignedUserId": str(one.assigned) if one.assigned else None,
        "unassignedUserId": str(one.unassigned) if one.unassigned else None,
        "createdOn": instant(one.at),
        "updatedOn": instant(one.at),
        "createdBy": str(one.by),
        "updatedBy": str(one.by),
    }
    for field, user_id in (("assignedUser", one.assigned), ("unassignedUser", one.unassigned)):
        if user_id:
            answer[field] = {**name_of(world, user_id), "hasImage": False}
    return answer
