"""The part of awork's API that the portal uses. Views take an `ApiRequest` and return JSON or a response."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse

from portal.standin import serializers
from portal.standin.api import (
    ApiRequest,
    Fields,
    Result,
    list_response,
    paginate,
    parse_object,
    parse_uuid,
    sort_items,
)
from portal.standin.entities import JSON, StandinUser, Task
from portal.standin.errors import ApiError, invalid_fields, not_found
from portal.standin.queries import READ_PLANNING
from portal.standin.seed import SEEDED_AT

TERM_LIMIT = 50
TOP_LIMIT = 100
NAME_LIMIT = 1000
EMAIL_LIMIT = 254
EFFORT_LIMIT = 2**31 - 1
EMAIL = re.compile(r"[^@\s]+@[!-?A-~]+\.[!-\-/-?A-~]+")  # the domain is in ASCII
EMAIL_FILTER = re.compile(
    r"userContactInfos/any\((\w+): ?\1/type eq 'email' and tolower\(\1/value\) eq '((?:[^']|'')*)'\)"
)
GUID = r"guid'([0-9a-f-]{36})'"
DATETIME = r"datetime'(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)'"
CREATED_FILTER = re.compile(rf"createdOn ge {DATETIME} and createdOn le {DATETIME}")
MEMBER_FILTER = re.compile(rf"members/any\((\w+): ?\1/userId eq {GUID}\)")
USER_FILTER = re.compile(rf"userId eq {GUID}")
TEAMS_FEATURE = "UserTeamsData"
SEARCH_TYPES = {"task", "project", "user", "company", "comment", "file", "document", "tasklist", "timeentry"}
GENDERS = {
    "carla": "female",
    "clara": "female",
    "anna": "female",
    "jürgen": "male",
    "max": "male",
    "tom": "male",
}


def me(api: ApiRequest) -> Fields:
    """GET /me"""
    return serializers.me(api.world, api.person)


def permissions(api: ApiRequest) -> Fields:
    """GET /me/permissions"""
    return serializers.permissions(api.world, api.person)


def revoke_client(api: ApiRequest, client_id: str) -> Result:
    """DELETE /accounts/me/authorizedclients/{clientId}"""
    grants = api.standin.grants
    if client_id not in grants.apps:
        raise not_found("The client application")
    count = grants.revoke_client(client_id, api.person.id)
    return {"revokedClientCount": 1, "revokedRefreshTokenCount": count} if count else HttpResponse(status=204)


def features(api: ApiRequest) -> Result:
    """GET /permissions/features"""
    seen = {feature for role in api.world.roles.values() for feature, _ in role.features}
    names: list[JSON] = [*sorted(seen), *([TEAMS_FEATURE] if api.world.narrows_to_teams else [])]
    return names


def matched(pattern: re.Pattern[str], filter_by: str) -> re.Match[str]:
    """The filter's parts; refuses any other filter."""
    match = pattern.fullmatch(filter_by)
    if match is None:
        raise ApiError(400, "invalid-filter-or-order", "This filter is not supported.")
    return match


def task_list(api: ApiRequest, tasks: Iterable[Task]) -> HttpResponse:
    """A page of tasks; unlike `list_response` it serializes only the tasks on the page."""
    if api.request.GET.get("filterby"):
        raise ApiError(400, "invalid-filter-or-order", "This filter is not supported.")
    found = list(tasks)
    order = api.request.GET.get("orderby", "")
    keys = {"updatedOn": "updated_on", "name": "name", "taskNumber": "number"}
    for part in reversed(order.split(",") if order else []):
        name, _, direction = part.partition(" ")
        if name not in keys or direction not in {"", "asc", "desc"}:
            raise ApiError(400, "invalid-filter-or-order", "This order is not supported.")
        found.sort(key=lambda task: getattr(task, keys[name]), reverse=direction == "desc")
    return paginate(api, found, lambda task: serializers.task(api.world, task))


def available_tasks(api: ApiRequest) -> HttpResponse:
    """GET /me/allavailabletasks"""
    return task_list(api, api.world.visible_tasks(api.person))


def assigned_tasks(api: ApiRequest, user_id: UUID) -> HttpResponse:
    """GET /users/{id}/assignedtasks"""
    user = api.world.user(api.person, user_id)
    return task_list(api, (task for task in api.world.visible_tasks(api.person) if task.is_assigned(user.id)))


def my_tasks(api: ApiRequest) -> HttpResponse:
    """GET /me/projecttasks"""
    return task_list(api, (task for task in api.world.visible_tasks(api.person) if task.project_id))


def project_tasks(api: ApiRequest, project_id: UUID) -> HttpResponse:
    """GET /projects/{id}/projecttasks"""
    project = api.world.projects.get(project_id)
    if project is None or not api.world.can_see_project(api.person, project):
        raise not_found("The project")
    return task_list(
        api, (task for task in api.world.visible_tasks(api.person) if task.project_id == project_id)
    )


def projects(api: ApiRequest) -> HttpResponse:
    """GET /projects, optionally those of a member."""
    visible = [one for one in api.world.projects.values() if api.world.can_see_project(api.person, one)]
    if not api.world.has_permission(api.person, READ_PLANNING):
        own = {task.project_id for task in api.world.visible_tasks(api.person)}
        visible = [one for one in visible if one.id in own]
    if filter_by := api.request.GET.get("filterby", ""):
        member = UUID(matched(MEMBER_FILTER, filter_by)[2])
        visible = [one for one in visible if member in api.world.project_members(one)]
    found = [serializers.project(one) for one in visible]
    return paginate(api, sort_items(found, api.request.GET.get("orderby", "")))


def project(api: ApiRequest, project_id: UUID) -> Fields:
    """GET /projects/{id}"""
    return serializers.project(api.world.project(api.person, project_id))


def task(api: ApiRequest, task_id: UUID) -> Fields:
    """GET /tasks/{id}"""
    return serializers.task(api.world, api.world.visible_task(api.person, task_id))


def task_by_key(api: ApiRequest, key: str) -> Fields:
    """GET /tasks/key/{key}"""
    return serializers.task(api.world, api.world.task_by_key(api.person, key))


def search(api: ApiRequest) -> Fields:
    """GET /search; finds only tasks."""
    term = api.request.GET.get("searchTerm", "").strip()
    types = set(filter(None, api.request.GET.get("searchTypes", "task").split(",")))
    if not term or len(term) > TERM_LIMIT:
        raise invalid_fields(searchTerm=f"must have 1 to {TERM_LIMIT} characters")
    if types - SEARCH_TYPES:
        raise invalid_fields(searchTypes="contains an unknown type")
    top = api.int_param("top", 10, TOP_LIMIT)
    closed = api.bool_param("includeClosedAndStuck")
    found = api.world.search(api.person, term, closed_and_stuck=closed) if "task" in types else []
    score = 1.0 if found else 0.0
    return {
        "totalCount": len(found),
        "maxScore": score,
        "top": [],
        "taskHits": {
            "totalCount": len(found),
            "maxScore": score,
            "hits": [serializers.search_hit(api.world, one) for one in found[:top]],
            "hasHits": bool(found),
        },
    }


def roles(api: ApiRequest) -> list[Fields]:
    """GET /roles"""
    found = api.world.role_list(api.person, archived=api.bool_param("showArchived"))
    return [serializers.role(one) for one in found]


def role_permissions(api: ApiRequest, role_id: UUID) -> HttpResponse:
    """GET /roles/{id}/permissions"""
    features = api.world.role_features(api.person, role_id)
    return list_response(api, serializers.role_permissions(role_id, features))


def role_users(api: ApiRequest, role_id: UUID) -> HttpResponse:
    """GET /roles/{id}/users, optionally one of them."""
    found = api.world.role_users(api.person, role_id, archived=api.bool_param("showArchived"))
    if filter_by := api.request.GET.get("filterby", ""):
        wanted = UUID(matched(USER_FILTER, filter_by)[1])
        found = [one for one in found if one.id == wanted]
    return paginate(api, found, serializers.user_in_role)


def users(api: ApiRequest) -> HttpResponse:
    """GET /users, optionally filtered by e-mail address or creation; archived ones only on request."""
    found = api.world.user_list(api.person, archived=api.bool_param("showArchived"))
    if filter_by := api.request.GET.get("filterby", ""):
        found = filtered(found, filter_by)
    if api.request.GET.get("orderby", "createdOn") != "createdOn":  # the order in which they were added
        raise ApiError(400, "invalid-filter-or-order", "This order is not supported.")
    return paginate(api, found, lambda one: serializers.user(api.world, one))


def filtered(people: Iterable[StandinUser], filter_by: str) -> list[StandinUser]:
    """The users that one of the two supported filters leaves."""
    if created := CREATED_FILTER.fullmatch(filter_by):
        since, until = map(datetime.fromisoformat, created.groups())
        return [one for one in people if since <= (one.created_on or SEEDED_AT) <= until]
    return with_email(people, matched(EMAIL_FILTER, filter_by)[2].replace("''", "'"))


def with_email(people: Iterable[StandinUser], email: str) -> list[StandinUser]:
    """The users whose address is this one in lower case."""
    return [one for one in people if one.email.lower() == email]


def user(api: ApiRequest, user_id: UUID) -> Fields:
    """GET /users/{id}"""
    return serializers.user(api.world, api.world.user(api.person, user_id))


def autofill(api: ApiRequest, email: str) -> HttpResponse | Fields:
    """GET /users/autofill/{email}: a name suggestion for first.last@…, 204 for other addresses."""
    if not email.partition("@")[2].isascii():
        raise invalid_fields(email="is not an e-mail address")
    first, dot, last = email.partition("@")[0].partition(".")
    if not dot or not (first + last).replace("-", "").isalpha():
        return HttpResponse(status=204)
    return {"firstName": first.title(), "lastName": last.title(), "gender": GENDERS.get(first.casefold())}


def assign_by_email(api: ApiRequest) -> HttpResponse:
    """POST /tasks/assignuserbyemail: 200 with an empty body, both for members and for new guests."""
    required = {"taskId", "email", "roleId"}
    form = parse_object(api.body, required | {"firstName", "lastName", "gender"}, required)
    email = form["email"]
    if not isinstance(email, str) or len(email) > EMAIL_LIMIT or not EMAIL.fullmatch(email):
        raise invalid_fields(email="is not an e-mail address")
    if form.get("gender", "other") not in ("male", "female", "other"):
        raise invalid_fields(gender="must be male, female or other")
    names = {name: form.get(name) or "" for name in ("firstName", "lastName", "gender")}
    for name, value in names.items():
        if not isinstance(value, str) or len(value) > NAME_LIMIT:
            raise invalid_fields(**{name: f"must be text of at most {NAME_LIMIT} characters"})
    task_id, role_id = parse_uuid("taskId", form["taskId"]), parse_uuid("roleId", form["roleId"])
    api.world.assign_by_email(api.person, task_id, email, role_id, names)
    return HttpResponse(status=200)


def set_assignees(api: ApiRequest, task_id: UUID) -> HttpResponse:
    """POST /tasks/{id}/setassignees"""
    body = api.body
    if not isinstance(body, list):
        raise ApiError(400, "invalid-model", "The body must be a list of ids.")
    api.world.set_assignees(api.person, task_id, [parse_uuid("userIds", one) for one in body])
    return HttpResponse(status=204)


def set_planned_efforts(api: ApiRequest, task_id: UUID) -> HttpResponse:
    """POST /tasks/{id}/setplannedefforts"""
    body = api.body
    if not isinstance(body, list):
        raise ApiError(400, "invalid-model", "The body must be a list.")
    forms = [parse_object(one, {"userId", "plannedEffort"}, {"userId"}) for one in body]
    efforts = {
        parse_uuid("userId", form["userId"]): parse_effort(form.get("plannedEffort")) for form in forms
    }
    api.world.set_planned_efforts(api.person, task_id, efforts)
    return HttpResponse(status=204)


def parse_effort(value: Any) -> int | None:
    """A planned effort in seconds, or None."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= EFFORT_LIMIT:
        raise invalid_fields(plannedEffort="must be a number of seconds")
    return value


def activities(api: ApiRequest, task_id: UUID) -> HttpResponse:
    """GET /tasks/{id}/activities"""
    found = api.world.task_activities(api.person, task_id)
    return list_response(api, [serializers.activity(api.world, one) for one in found])


def deactivate(api: ApiRequest, user_id: UUID) -> Result:
    """POST /users/{id}/deactivate: 204, or 200 with a summary if one is requested."""
    include_summary = api.bool_param("includeSummary")
    private = api.world.deactivate(api.person, user_id)
    if not include_summary:
        return HttpResponse(status=204)
    return {
        "privateProjectsDeletedCount": private.deleted,
        "privateProjectManagersReassignedCount": private.reassigned,
    }


def activate(api: ApiRequest, user_id: UUID) -> HttpResponse:
    """POST /users/{id}/activate"""
    api.world.activate(api.person, user_id)
    return HttpResponse(status=204)


def project_members(api: ApiRequest, project_id: UUID) -> list[Fields]:
    """GET /projects/{id}/members"""
    found = api.world.members_of(api.person, project_id)
    return [serializers.project_member(project_id, one) for one in found]


def remove_project_member(api: ApiRequest, project_id: UUID) -> HttpResponse:
    """POST /projects/{id}/removeprojectmember"""
    form = parse_object(api.body, {"userId"}, {"userId"})
    api.world.remove_project_member(api.person, project_id, parse_uuid("userId", form["userId"]))
    return HttpResponse(status=204)
