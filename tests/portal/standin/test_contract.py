"""Every response of the stand-in matches awork's contract, errors included."""

import json
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from portal.standin.entities import stable_id
from portal.standin.seed import user_id
from portal.standin.urls import ROUTES
from tests.contract import CONTRACT, FACTS

TASK = stable_id("task", "WEB-12")
NOWHERE = stable_id("nowhere")
CAFE = stable_id("project", "CAF")
GUEST = str(stable_id("role", "guest"))
WEBHOOK = {
    "name": "Desk",
    "uri": "http://127.0.0.1:9/awork/",
    "events": "user_added,user_deleted",
    "isActive": True,
    "authenticationType": "header",
    "authentication": "X-Secret=abc",
}
FORM = {"taskId": str(TASK), "email": "carla.creative@studio.example", "roleId": GUEST}

# user, method, path, body, status
CALLS = [
    ("paula", "GET", "/me", None, 200),
    ("nobody", "GET", "/me", None, 401),
    ("paula", "DELETE", "/accounts/me/authorizedclients/CLIENT", None, 200),
    ("paula", "DELETE", "/accounts/me/authorizedclients/other", None, 204),
    ("paula", "DELETE", "/accounts/me/authorizedclients/nobodys", None, 404),
    ("bruno", "DELETE", "/accounts/me/authorizedclients/CLIENT", None, 401),
    ("bruno", "GET", "/me/permissions", None, 200),
    ("bruno", "GET", "/roles", None, 401),
    ("mona", "GET", "/me/permissions", None, 200),
    ("paula", "GET", "/me/allavailabletasks?page=1&pageSize=20&orderby=updatedOn desc", None, 200),
    ("paula", "GET", "/me/allavailabletasks?orderby=nonsense", None, 400),
    ("paula", "GET", "/me/projecttasks?pageSize=20", None, 200),
    ("gustav", "GET", "/me/projecttasks", None, 200),
    ("paula", "GET", "/projects?orderby=name", None, 200),
    ("paula", "GET", f"/projects?filterby=members/any(m: m/userId eq guid'{user_id('gustav')}')", None, 200),
    ("paula", "GET", "/projects?filterby=name eq 'x'", None, 400),
    ("paula", "GET", f"/projects/{stable_id('project', 'POD')}", None, 200),
    ("gustav", "GET", f"/projects/{stable_id('project', 'POD')}", None, 401),
    ("paula", "GET", f"/projects/{stable_id('project', 'KEY')}", None, 404),
    ("gustav", "GET", "/permissions/features", None, 200),
    ("mona", "GET", f"/roles/{GUEST}/users?filterby=userId eq guid'{user_id('gustav')}'", None, 200),
    ("paula", "GET", f"/roles/{GUEST}/users", None, 401),
    ("paula", "GET", f"/projects/{stable_id('project', 'CAF')}/projecttasks?pageSize=20", None, 200),
    ("paula", "GET", f"/projects/{NOWHERE}/projecttasks", None, 404),
    ("paula", "GET", f"/tasks/{TASK}", None, 200),
    ("paula", "GET", f"/tasks/{stable_id('task', 'Private: Geschenk für Jürgen')}", None, 200),
    ("gustav", "GET", f"/tasks/{TASK}", None, 401),
    ("paula", "GET", f"/tasks/{NOWHERE}", None, 404),
    ("paula", "GET", "/tasks/key/WEB-15", None, 200),
    ("paula", "GET", "/tasks/key/WEB-99999", None, 404),
    ("paula", "GET", "/search?searchTerm=copy&searchTypes=task&top=30&includeClosedAndStuck=true", None, 200),
    ("paula", "GET", f"/search?searchTerm={'a' * 51}&searchTypes=task", None, 400),
    ("mona", "GET", "/roles", None, 200),
    ("mona", "GET", "/roles?showArchived=true", None, 200),
    ("paula", "GET", "/roles", None, 401),
    ("mona", "GET", f"/roles/{stable_id('role', 'office')}/permissions", None, 200),
    ("mona", "GET", f"/roles/{stable_id('role', 'other-member')}/permissions", None, 404),
    ("paula", "GET", f"/roles/{stable_id('role', 'office')}/permissions", None, 401),
    ("mona", "GET", "/users?showArchived=true&page=2&pageSize=5&orderby=createdOn", None, 200),
    (
        "mona",
        "GET",
        "/users?filterby=userContactInfos/any(c: "
        "c/type eq 'email' and tolower(c/value) eq 'ada@nordlicht.example')",
        None,
        200,
    ),
    ("mona", "GET", "/users?filterby=firstName eq 'Ada'", None, 400),
    ("paula", "GET", f"/users/{user_id('dora')}", None, 200),
    ("paula", "GET", f"/users/{NOWHERE}", None, 404),
    (
        "paula",
        "GET",
        f"/users/{user_id('gustav')}/assignedtasks?pageSize=50&orderby=updatedOn desc",
        None,
        200,
    ),
    ("paula", "GET", f"/users/{NOWHERE}/assignedtasks", None, 404),
    ("paula", "GET", "/users/autofill/carla.creative@studio.example", None, 200),
    ("paula", "GET", "/users/autofill/info@studio.example", None, 204),
    ("paula", "POST", "/tasks/assignuserbyemail", FORM, 200),
    ("paula", "POST", "/tasks/assignuserbyemail", {**FORM, "firstName": None, "gender": "other"}, 200),
    ("paula", "POST", "/tasks/assignuserbyemail", {**FORM, "email": "dora@nordlicht.example"}, 400),
    ("paula", "POST", "/tasks/assignuserbyemail", {**FORM, "taskId": str(NOWHERE)}, 404),
    ("paula", "POST", f"/tasks/{TASK}/setassignees", [str(user_id("ada")), str(user_id("zoe"))], 204),
    ("paula", "POST", f"/tasks/{TASK}/setassignees", [str(NOWHERE)], 404),
    ("gustav", "POST", f"/tasks/{TASK}/setassignees", [], 401),
    (
        "paula",
        "POST",
        f"/tasks/{TASK}/setplannedefforts",
        [{"userId": str(user_id("ada")), "plannedEffort": 60}],
        204,
    ),
    ("paula", "POST", f"/tasks/{TASK}/setplannedefforts", [{"userId": str(user_id("otto"))}], 400),
    ("paula", "GET", f"/tasks/{TASK}/activities?pageSize=100&orderby=createdOn desc", None, 200),
    ("paula", "GET", f"/tasks/{NOWHERE}/activities", None, 404),
    ("ada", "POST", f"/users/{user_id('jonas')}/deactivate", None, 204),
    ("ada", "POST", f"/users/{user_id('dora')}/deactivate", None, 400),
    ("mona", "POST", f"/users/{user_id('jonas')}/deactivate", None, 401),
    ("ada", "POST", f"/users/{user_id('ada')}/deactivate", None, 400),
    ("ada", "POST", f"/users/{user_id('mona')}/deactivate?includeSummary=true", None, 200),
    ("ada", "POST", f"/users/{user_id('dora')}/activate", None, 204),
    ("ada", "POST", f"/users/{user_id('mona')}/activate", None, 400),
    ("ada", "POST", f"/users/{NOWHERE}/activate", None, 404),
    ("mona", "POST", f"/users/{user_id('dora')}/activate", None, 401),
    ("paula", "GET", f"/projects/{CAFE}/members", None, 200),
    ("gustav", "GET", f"/projects/{CAFE}/members", None, 401),
    ("paula", "GET", f"/projects/{NOWHERE}/members", None, 404),
    ("mona", "POST", f"/projects/{CAFE}/removeprojectmember", {"userId": str(user_id("gustav"))}, 204),
    ("mona", "POST", f"/projects/{CAFE}/removeprojectmember", {"userId": str(user_id("dora"))}, 404),
    ("mona", "POST", f"/projects/{CAFE}/removeprojectmember", {}, 400),
    ("paula", "POST", f"/projects/{CAFE}/removeprojectmember", {"userId": str(user_id("gustav"))}, 401),
    ("paula", "POST", f"/tasks/{TASK}/comments", {"message": "Hello"}, 200),
    ("paula", "POST", f"/tasks/{TASK}/comments", {"message": "A", "isHiddenForConnectUsers": True}, 200),
    ("ada", "POST", f"/tasks/{TASK}/comments", {"message": "A", "userId": str(user_id("paula"))}, 200),
    ("paula", "POST", f"/tasks/{TASK}/comments", {"message": "A", "userId": str(user_id("ada"))}, 401),
    ("paula", "POST", f"/tasks/{TASK}/comments", {"message": ""}, 400),
    ("paula", "POST", f"/tasks/{TASK}/comments", {"message": "A" * 65001}, 400),
    ("gustav", "POST", f"/tasks/{TASK}/comments", {"message": "Hello"}, 401),
    ("paula", "POST", f"/tasks/{NOWHERE}/comments", {"message": "Hello"}, 404),
    ("paula", "GET", f"/tasks/{TASK}/comments?page=1&pageSize=100&orderby=createdOn desc", None, 200),
    ("ada", "POST", "/webhooks", WEBHOOK, 200),
    ("ada", "POST", "/webhooks", {**WEBHOOK, "events": "user_added,moon_risen"}, 400),
    ("ada", "POST", "/webhooks", {**WEBHOOK, "uri": "nowhere"}, 400),
    ("ada", "POST", "/webhooks", {**WEBHOOK, "authentication": None}, 400),
    ("mona", "POST", "/webhooks", WEBHOOK, 401),
    ("mona", "GET", "/webhooks", None, 200),
    ("paula", "GET", "/webhooks", None, 401),
    ("mona", "GET", "/webhooks/WEBHOOK", None, 200),
    ("ada", "GET", f"/webhooks/{NOWHERE}", None, 404),
    ("ada", "PUT", "/webhooks/WEBHOOK", {**WEBHOOK, "isActive": False}, 200),
    ("mona", "PUT", "/webhooks/WEBHOOK", WEBHOOK, 401),
    ("otto", "PUT", "/webhooks/WEBHOOK", WEBHOOK, 404),
    ("ada", "DELETE", "/webhooks/WEBHOOK", None, 204),
    ("otto", "DELETE", "/webhooks/WEBHOOK", None, 404),
    (
        "nobody",
        "POST",
        "/clientapplications/register",
        {"redirect_uris": ["http://localhost/login/callback/"], "token_endpoint_auth_method": "none"},
        201,
    ),
    ("nobody", "POST", "/clientapplications/register", {"redirect_uris": []}, 400),
]


def parsed(answer: httpx.Response):
    return json.loads(answer.content) if answer.content else None


@pytest.mark.parametrize(
    ("person", "method", "path", "body", "status"),
    CALLS,
    ids=[f"{p}-{m}-{a[:60]}-{s}" for p, m, a, _, s in CALLS],
)
def test_requests_and_responses_match_the_contract(standin, as_, person, method, path, body, status):
    client = httpx.Client(base_url=standin.url) if person == "nobody" else as_(person)
    standin.grants.register("other", ["http://localhost/"], client_id="other")
    path = path.replace("CLIENT", next(iter(standin.grants.apps)))
    if path.endswith("createdOn desc"):
        client.post("/tasks/assignuserbyemail", json=FORM)
        client.post(f"/tasks/{TASK}/comments", json={"message": "Hello"})
    if "WEBHOOK" in path:
        path = path.replace("WEBHOOK", as_("ada").post("/webhooks", json=WEBHOOK).json()["id"])
    answer = client.request(method, path, json=body) if body is not None else client.request(method, path)
    assert answer.status_code == status, answer.text
    parts = urlsplit(path)
    assert CONTRACT.answer(method, parts.path, status, parsed(answer)) == []
    if status < 300:
        assert CONTRACT.request(method, parts.path, dict(parse_qsl(parts.query)), body) == []


def test_every_endpoint_is_covered():
    asked = [CONTRACT.endpoint(method, urlsplit(path).path).spec for _, method, path, *_ in CALLS]
    missing = [
        path
        for path, methods in FACTS["paths"].items()
        if not any(spec in asked for spec in methods.values())
    ]
    assert missing == []


def test_the_stand_in_has_exactly_the_endpoints_of_the_contract():
    assert len(ROUTES) + 1 == len(FACTS["paths"])  # client registration is in oauth_views


def test_every_seeded_task_and_user_matches_the_contract(as_):
    ada, mona = as_("ada"), as_("mona")
    for client, path in ((ada, "/me/allavailabletasks"), (mona, "/users")):
        answer = client.get(path)
        assert CONTRACT.answer("GET", path, 200, answer.json()) == []
