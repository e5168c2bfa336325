"""The API's responses, beyond what the contract says."""

import httpx
import pytest

from portal.standin.entities import stable_id
from portal.standin.environment import API_KEY
from portal.standin.seed import OTHER, user_id


def found(answer: httpx.Response) -> list[str]:
    return [hit["entity"]["taskIdentifier"] for hit in answer.json()["taskHits"]["hits"]]


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def form(standin, **changed):
    world = standin.world
    ids = {"taskId": str(world.task("WEB-12").id), "roleId": str(world.role("guest").id)}
    given = {"email": "carla@studio.example", **ids, **changed}
    return {name: value for name, value in given.items() if value is not ...}


def test_me_has_no_email_field_but_a_contact(as_):
    me = as_("paula").get("/me").json()
    assert "email" not in me
    assert [one["value"] for one in me["userContactInfos"] if one["type"] == "email"] == [
        "paula@nordlicht.example"
    ]
    assert me["workspace"]["name"] == "Nordlicht Studio"


@pytest.mark.parametrize(
    ("person", "is_admin", "is_guest", "is_blocked"),
    [("ada", True, False, False), ("gustav", False, True, False), ("bruno", False, False, True)],
)
def test_permissions_show_admins_guests_and_blocked_users(as_, person, is_admin, is_guest, is_blocked):
    said = as_(person).get("/me/permissions").json()["userPermission"]
    assert (said["isAdmin"], said["isGuest"], said["isBlocked"]) == (is_admin, is_guest, is_blocked)


def test_only_some_managers_may_list_roles(as_):
    def features(person):
        said = as_(person).get("/me/permissions").json()["userPermission"]["permissions"]
        return {(one["feature"], level) for one in said for level in one["accessLevels"]}

    right = ("workspace-manage-config", "read")
    assert right in features("mona")
    assert right not in features("paula")


@pytest.mark.parametrize("person", ["bruno", "dora"])
def test_blocked_and_deactivated_users_can_only_read_themselves(as_, person):
    assert as_(person).get("/me").status_code == 200
    assert code(as_(person).get("/me/allavailabletasks")) == (401, "deactivated-user")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", "Basic eDp5", "Bearer ünknown"])
def test_a_bad_token_is_401_with_the_error_object(standin, header):
    answer = httpx.get(f"{standin.url}/me", headers={"Authorization": header.encode()})
    assert code(answer) == (401, "unauthorized")
    assert len(answer.json()["traceId"]) == 32


def test_the_api_key_has_an_administrators_permissions(standin):
    answer = httpx.get(f"{standin.url}/roles", headers={"Authorization": f"Bearer {API_KEY}"})
    assert len(answer.json()) == 7
    assert standin.requests[-1].caller == "api-key"


def test_lists_are_paginated_with_a_total(as_):
    answer = as_("paula").get("/me/allavailabletasks?page=2&pageSize=3")
    names = ("aw-page", "aw-pagesize", "aw-items")
    assert [answer.headers[name] for name in names] == ["2", "3", "3"]
    assert int(answer.headers["aw-totalitems"]) == 1002
    assert len(answer.json()) == 3
    beyond = as_("paula").get("/me/allavailabletasks?page=100000&pageSize=3")
    assert (beyond.json(), beyond.headers["aw-items"]) == ([], "0")


@pytest.mark.parametrize(
    "query", ["page=0", "pageSize=1001", "pageSize=ten", "page=-1", "page=", "page=" + "9" * 5000, "page=²"]
)
def test_invalid_pages_are_refused(as_, query):
    assert code(as_("paula").get(f"/me/allavailabletasks?{query}")) == (400, "value-out-of-range")


def test_lists_can_be_sorted(as_):
    dates = [
        one["updatedOn"] for one in as_("paula").get("/me/allavailabletasks?orderby=updatedOn desc").json()
    ]
    assert dates == sorted(dates, reverse=True)
    names = [one["name"] for one in as_("paula").get("/projects?orderby=name").json()]
    assert names == sorted(names)
    users = [one["id"] for one in as_("mona").get("/users?orderby=createdOn").json()]
    assert users == [one["id"] for one in as_("mona").get("/users").json()]


@pytest.mark.parametrize(
    "path",
    [
        "/me/allavailabletasks?orderby=updatedOn  desc",
        "/me/allavailabletasks?orderby=name desc, taskNumber",
        "/me/allavailabletasks?orderby=__class__",
        "/me/allavailabletasks?filterby=name eq 'x'",
        "/projects?orderby=nothing",
        "/projects?filterby=x",
        "/users?filterby=userContactInfos/any(c: c/type eq 'email' and tolower(d/value) eq 'x')",
        "/users?filterby=userContactInfos/any(c: c/type eq 'email' and tolower(c/value) eq 'o'neill')",
        "/users?filterby=userContactInfos/any(c: c/type eq 'email' and tolower(c/value) eq 'x') or true",
        "/users?orderby=nothing",
    ],
)
def test_unsupported_filters_and_orders_are_refused(as_, path):
    assert code(as_("mona").get(path)) == (400, "invalid-filter-or-order")


def test_users_can_be_filtered_by_address(standin, as_):
    world = standin.world
    world.change(world.person("paul"), email="Paul.O'Neill@nordlicht.example")
    condition = "c/type eq 'email' and tolower(c/value) eq 'paul.o''neill@nordlicht.example'"
    query = {"filterby": f"userContactInfos/any(c: {condition})"}
    assert [one["id"] for one in as_("mona").get("/users", params=query).json()] == [str(user_id("paul"))]
    assert as_("paula").get("/users", params=query).json() == []


def test_without_permission_users_see_only_themselves(as_):
    assert [one["id"] for one in as_("paula").get("/users").json()] == [str(user_id("paula"))]


def test_project_tasks_are_limited_to_visible_ones(as_):
    def keys(person, project):
        answer = as_(person).get(f"/projects/{stable_id('project', project)}/projecttasks")
        return (
            [one["taskIdentifier"] for one in answer.json()]
            if answer.status_code == 200
            else answer.status_code
        )

    assert "WEB-12" in keys("paula", "WEB")
    assert keys("gustav", "CAF") == ["CAF-7"]
    assert keys("paula", "KEY") == 404
    assert keys("paula", "SUD") == 404
    assert [one["projectKey"] for one in as_("gustav").get("/projects").json()] == ["CAF"]


def test_planned_efforts_are_in_seconds(as_):
    task = as_("paula").get("/tasks/key/web-12").json()
    efforts = [
        (one["firstName"], one["plannedEffort"], one["isDistributedPlannedEffort"])
        for one in task["assignees"]
    ]
    assert efforts == [("Ada", 14400, False), ("Paul", 7200, True)]


def test_a_private_task_has_neither_key_nor_project(as_):
    task = as_("paula").get(f"/tasks/{stable_id('task', 'Private: Geschenk für Jürgen')}").json()
    assert (task["baseType"], task["taskIdentifier"], task["projectId"]) == ("private", None, None)
    assert "project" not in task


def test_search_matches_words_and_keys(as_):
    assert found(as_("paula").get("/search?searchTerm=WEB-12&searchTypes=task"))[0] == "WEB-12"
    assert "WEB-13" in found(as_("paula").get("/search", params={"searchTerm": "<b>announce</b> o'connor"}))
    assert len(found(as_("paula").get("/search?searchTerm=copy&top=3"))) == 3


@pytest.mark.parametrize(
    "query",
    [
        "searchTerm=" + "a" * 51,
        "searchTerm=",
        "searchTypes=task",
        "searchTerm=a&searchTypes=secrets",
        "searchTerm=a&top=0",
        "searchTerm=a&top=1000",
        "searchTerm=a&includeClosedAndStuck=yes",
    ],
)
def test_invalid_searches_are_refused(as_, query):
    assert as_("paula").get(f"/search?{query}").status_code == 400


def test_a_search_hit_has_no_efforts(as_):
    hit = as_("paula").get("/search?searchTerm=WEB-12").json()["taskHits"]["hits"][0]["entity"]
    assert [sorted(one) for one in hit["assignees"]] == [["firstName", "id", "lastName"]] * 2


def test_each_feature_of_a_role_is_listed_once_with_all_levels(as_, standin):
    told = as_("mona").get(f"/roles/{standin.world.role('office').id}/permissions").json()
    levels = {one["feature"]: one["accessLevels"] for one in told}
    assert levels["user-manage-config"] == ["read", "write"]
    assert len(told) == len(levels)


def test_archived_roles_are_listed_on_request_only(as_):
    assert "Freelancer (old)" not in as_("mona").get("/roles").text
    assert "Freelancer (old)" in as_("mona").get("/roles?showArchived=true").text


@pytest.mark.parametrize(
    ("email", "guess"),
    [
        ("carla.creative@x.example", {"firstName": "Carla", "lastName": "Creative", "gender": "female"}),
        ("robin.day@x.example", {"firstName": "Robin", "lastName": "Day", "gender": None}),
        ("jürgen.groß-maier@x.example", {"firstName": "Jürgen", "lastName": "Groß-Maier", "gender": "male"}),
        ("info@x.example", None),
        ("a.b1@x.example", None),
        (".@x.example", None),
    ],
)
def test_names_are_suggested_from_an_address(as_, email, guess):
    answer = as_("paula").get(f"/users/autofill/{email}")
    assert answer.status_code == (200 if guess else 204)
    assert (answer.json() if answer.content else None) == guess


def test_no_names_are_suggested_for_a_domain_that_is_not_in_ascii(as_):
    assert as_("paula").get("/users/autofill/carla.creative@bücher.example").status_code == 400


def test_an_invitation_has_an_empty_response(standin, as_):
    answer = as_("paula").post("/tasks/assignuserbyemail", json=form(standin))
    assert (answer.status_code, answer.content) == (200, b"")
    assert standin.world.assigned("WEB-12") == ["carla@studio.example"]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"email": ...}, "email"),
        ({"taskId": ...}, "taskId"),
        ({"roleId": None}, "roleId"),
        ({"email": "carla"}, "email"),
        ({"email": "a@b@c.example"}, "email"),
        ({"email": "carla@bücher.example"}, "email"),
        ({"email": ["a@b.example"]}, "email"),
        ({"email": "a" * 250 + "@b.example"}, "email"),
        ({"taskId": "WEB-12"}, "taskId"),
        ({"roleId": 7}, "roleId"),
        ({"gender": ""}, "gender"),
        ({"gender": None}, "gender"),
        ({"gender": ["male"]}, "gender"),
        ({"firstName": "x" * 1001}, "firstName"),
        ({"lastName": {"a": 1}}, "lastName"),
        ({"message": "Welcome"}, "message"),
    ],
)
def test_an_invalid_field_is_named(standin, as_, changed, field):
    answer = as_("paula").post("/tasks/assignuserbyemail", json=form(standin, **changed))
    assert code(answer) == (400, "validation-failed")
    assert [one["property"] for one in answer.json()["validationErrors"]] == [field]
    assert len(standin.world.people) == 13


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[1]", b"7", b"\xff", b"[" * 100_000, b'{"firstName": "\\ud800"}', b'{"a": NaN}']
)
def test_a_malformed_body_is_refused(as_, body):
    answer = as_("paula").post("/tasks/assignuserbyemail", content=body)
    assert answer.status_code == 400


@pytest.mark.parametrize("effort", ["3600", -1, 1.5, True, 2**31, [1]])
def test_efforts_must_be_whole_seconds(standin, as_, effort):
    path = f"/tasks/{standin.world.task('WEB-12').id}/setplannedefforts"
    answer = as_("paula").post(path, json=[{"userId": str(user_id("ada")), "plannedEffort": effort}])
    assert code(answer) == (400, "validation-failed")


def test_history_can_be_sorted_newest_first(standin, as_):
    as_("paula").post("/tasks/assignuserbyemail", json=form(standin))
    path = f"/tasks/{standin.world.task('WEB-12').id}/activities?orderby=eventDate desc&pageSize=1"
    (newest,) = as_("paula").get(path).json()
    assert newest["assignedUser"]["id"] == newest["assignedUserId"]
    assert newest["createdBy"] == str(user_id("paula"))


def test_other_workspaces_are_separate(standin, as_):
    answer = as_("otto").post("/tasks/assignuserbyemail", json=form(standin))
    assert code(answer) == (404, "not-found")
    assert as_("otto").get("/me").json()["workspace"]["id"] == str(OTHER)
    assert as_("otto").get(f"/users/{user_id('ada')}").status_code == 404


def test_an_unsupported_method_is_405(as_):
    answer = as_("paula").get("/tasks/assignuserbyemail")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
