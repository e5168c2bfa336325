"""The API as far as the portal uses it. Every view takes a call and returns what awork would answer."""

import re
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.http import HttpResponse

from portal.standin import answers
from portal.standin.calls import Call, Fields, fields, listed, ordered, paged, route, uuid
from portal.standin.records import Person, Task
from portal.standin.refusal import Refusal, absent, forbidden, invalid

TERM_LIMIT = 50
TOP_LIMIT = 100
NAME_LIMIT = 1000
EMAIL_LIMIT = 254
EFFORT_LIMIT = 2**31 - 1
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
BY_EMAIL = re.compile(r"userContactInfos/any\((\w+): ?\1/value eq '((?:[^']|'')*)'\)")
SEARCH_TYPES = {"task", "project", "user", "company", "comment", "file", "document", "tasklist", "timeentry"}
GIVEN_NAMES = {
    "carla": "female",
    "clara": "female",
    "anna": "female",
    "jürgen": "male",
    "max": "male",
    "tom": "male",
}


def me(call: Call) -> Fields:
    """GET /me"""
    return answers.me(call.world, call.person)


def permissions(call: Call) -> Fields:
    """GET /me/permissions"""
    return answers.permissions(call.world, call.person)


def tasks_page(call: Call, tasks: Iterable[Task]) -> HttpResponse:
    """A page of tasks, most of them never written out."""
    if call.request.GET.get("filterby"):
        raise Refusal(400, "invalid-filter-or-order", "The filter is not understood.")
    found = list(tasks)
    order = call.request.GET.get("orderby", "")
    keys = {"updatedOn": "updated_on", "name": "name", "taskNumber": "number"}
    for part in reversed(order.split(",") if order else []):
        name, _, direction = part.partition(" ")
        if name not in keys or direction not in {"", "asc", "desc"}:
            raise Refusal(400, "invalid-filter-or-order", "The order is not understood.")
        found.sort(key=lambda task: getattr(task, keys[name]), reverse=direction == "desc")
    return paged(call, found, lambda task: answers.task(call.world, task))


def available_tasks(call: Call) -> HttpResponse:
    """GET /me/allavailabletasks"""
    return tasks_page(call, call.world.visible_tasks(call.person))


def my_tasks(call: Call) -> HttpResponse:
    """GET /me/projecttasks"""
    return tasks_page(call, (task for task in call.world.visible_tasks(call.person) if task.project_id))


def project_tasks(call: Call, project_id: UUID) -> HttpResponse:
    """GET /projects/{id}/projecttasks"""
    project = call.world.projects.get(project_id)
    if project is None or not call.world.sees_project(call.person, project):
        raise absent("The project")
    return tasks_page(
        call, (task for task in call.world.visible_tasks(call.person) if task.project_id == project_id)
    )


def projects(call: Call) -> HttpResponse:
    """GET /projects"""
    seen = [one for one in call.world.projects.values() if call.world.sees_project(call.person, one)]
    if not call.world.may(call.person, ("project-planning-data", "read")):
        mine = {task.project_id for task in call.world.visible_tasks(call.person)}
        seen = [one for one in seen if one.id in mine]
    return listed(call, [answers.project(one) for one in seen])


def task(call: Call, task_id: UUID) -> Fields:
    """GET /tasks/{id}"""
    return answers.task(call.world, call.world.visible_task(call.person, task_id))


def task_by_key(call: Call, key: str) -> Fields:
    """GET /tasks/key/{key}"""
    return answers.task(call.world, call.world.task_by_key(call.person, key))


def search(call: Call) -> Fields:
    """GET /search; only tasks are ever found."""
    term = call.request.GET.get("searchTerm", "").strip()
    types = set(filter(None, call.request.GET.get("searchTypes", "task").split(",")))
    if not term or len(term) > TERM_LIMIT:
        raise invalid(searchTerm=f"must have 1 to {TERM_LIMIT} characters")
    if types - SEARCH_TYPES:
        raise invalid(searchTypes="holds an unknown type")
    top = call.number("top", 10, TOP_LIMIT)
    closed = call.flag("includeClosedAndStuck")
    found = call.world.search(call.person, term, closed_and_stuck=closed) if "task" in types else []
    score = 1.0 if found else 0.0
    return {
        "totalCount": len(found),
        "maxScore": score,
        "top": [],
        "taskHits": {
            "totalCount": len(found),
            "maxScore": score,
            "hits": [answers.hit(call.world, one) for one in found[:top]],
            "hasHits": bool(found),
        },
    }


def roles(call: Call) -> list[Fields]:
    """GET /roles"""
    found = call.world.role_list(call.person, archived=call.flag("showArchived"))
    return [answers.role(one) for one in found]


def role_permissions(call: Call, role_id: UUID) -> HttpResponse:
    """GET /roles/{id}/permissions"""
    return listed(call, answers.role_permissions(role_id, call.world.role_features(call.person, role_id)))


def users(call: Call) -> HttpResponse:
    """GET /users, by address or all."""
    found = call.world.user_list(call.person)
    wanted = call.request.GET.get("filterby", "")
    if wanted:
        match = BY_EMAIL.fullmatch(wanted)
        if match is None:
            raise Refusal(400, "invalid-filter-or-order", "The filter is not understood.")
        found = with_email(found, match[2].replace("''", "'"))
    return paged(call, ordered([answers.user(one) for one in found], call.request.GET.get("orderby", "")))


def with_email(people: Iterable[Person], email: str) -> list[Person]:
    """Those whose address it is."""
    return [one for one in people if one.email.lower() == email.lower()]


def user(call: Call, user_id: UUID) -> Fields:
    """GET /users/{id}"""
    return answers.user(call.world.user(call.person, user_id))


def autofill(call: Call, email: str) -> HttpResponse | Fields:
    """GET /users/autofill/{email}: names for first.last@…, else 204."""
    first, dot, last = email.partition("@")[0].partition(".")
    if not dot or not (first + last).replace("-", "").isalpha():
        return HttpResponse(status=204)
    gender = GIVEN_NAMES.get(first.casefold())
    return {"firstName": first.title(), "lastName": last.title(), "gender": gender}


def assign_by_email(call: Call) -> HttpResponse:
    """POST /tasks/assignuserbyemail: 200 without a body, whoever it was."""
    required = {"taskId", "email", "roleId"}
    form = fields(call.body, required | {"firstName", "lastName", "gender"}, required)
    email = form["email"]
    if not isinstance(email, str) or len(email) > EMAIL_LIMIT or not EMAIL.fullmatch(email):
        raise invalid(email="is not an e-mail address")
    if form.get("gender", "other") not in ("male", "female", "other"):
        raise invalid(gender="is none of male, female, other")
    names = {name: form.get(name) or "" for name in ("firstName", "lastName", "gender")}
    for name, value in names.items():
        if not isinstance(value, str) or len(value) > NAME_LIMIT:
            raise invalid(**{name: f"must be text of at most {NAME_LIMIT} characters"})
    task_id, role_id = uuid("taskId", form["taskId"]), uuid("roleId", form["roleId"])
    call.world.assign_by_email(call.person, task_id, email, role_id, names)
    return HttpResponse(status=200)


def set_assignees(call: Call, task_id: UUID) -> HttpResponse:
    """POST /tasks/{id}/setassignees"""
    body = call.body
    if not isinstance(body, list):
        raise Refusal(400, "invalid-model", "The body must be a list of ids.")
    call.world.set_assignees(call.person, task_id, [uuid("userIds", one) for one in body])
    return HttpResponse(status=204)


def set_planned_efforts(call: Call, task_id: UUID) -> HttpResponse:
    """POST /tasks/{id}/setplannedefforts"""
    body = call.body
    if not isinstance(body, list):
        raise Refusal(400, "invalid-model", "The body must be a list.")
    forms = [fields(one, {"userId", "plannedEffort"}, {"userId"}) for one in body]
    efforts = {uuid("userId", form["userId"]): effort(form.get("plannedEffort")) for form in forms}
    call.world.set_planned_efforts(call.person, task_id, efforts)
    return HttpResponse(status=204)


def effort(value: Any) -> int | None:
    """Seconds, or None."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= EFFORT_LIMIT:
        raise invalid(plannedEffort="must be a number of seconds")
    return value


def activities(call: Call, task_id: UUID) -> HttpResponse:
    """GET /tasks/{id}/activities"""
    found = call.world.task_activities(call.person, task_id)
    return listed(call, [answers.activity(call.world, one) for one in found])


def deactivate(call: Call, user_id: UUID) -> HttpResponse:
    """POST /users/{id}/deactivate"""
    if call.flag("includeSummary"):
        raise forbidden()
    call.world.deactivate(call.person, user_id)
    return HttpResponse(status=204)


ROUTES = {
    "me": route(GET=me, even_blocked=True),
    "me/permissions": route(GET=permissions, even_blocked=True),
    "me/allavailabletasks": route(GET=available_tasks),
    "me/projecttasks": route(GET=my_tasks),
    "projects": route(GET=projects),
    "projects/<uuid:project_id>/projecttasks": route(GET=project_tasks),
    "tasks/assignuserbyemail": route(POST=assign_by_email),
    "tasks/<uuid:task_id>": route(GET=task),
    "tasks/key/<str:key>": route(GET=task_by_key),
    "tasks/<uuid:task_id>/setassignees": route(POST=set_assignees),
    "tasks/<uuid:task_id>/setplannedefforts": route(POST=set_planned_efforts),
    "tasks/<uuid:task_id>/activities": route(GET=activities),
    "search": route(GET=search),
    "roles": route(GET=roles),
    "roles/<uuid:role_id>/permissions": route(GET=role_permissions),
    "users": route(GET=users),
    "users/<uuid:user_id>": route(GET=user),
    "users/<uuid:user_id>/deactivate": route(POST=deactivate),
    "users/autofill/<str:email>": route(GET=autofill),
}
