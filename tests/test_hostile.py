"""Hostile input: every page responds with a page, and nothing is sent."""

from urllib.parse import quote
from uuid import uuid4

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db

FIELDS = {
    "/login/": ["next"],
    "/login/callback/": ["state", "code", "error"],
    "/invite/": ["task", "role", "email", "first_name", "gender", "keep_assignees", "q", "key"],
    "/invite/many/": ["lines", "task", "role", "checked", "skip", "key"],
    "/invitations/": ["q", "state", "sort", "project", "task", "from", "to", "before", "after"],
    "/policy/": ["allowed", "per_hour"],
    "/audit/": [
        "q",
        "type",
        "actor",
        "project",
        "guest",
        "ip_address",
        "request_id",
        "from",
        "to",
        "before",
        "after",
    ],
}
TEXTS = {
    "a NUL": quote("Website\0"),
    "no UTF-8": "%ff%c0%80",
    "half of a pair": "%ed%a0%80",
    "a broken escape": "%zz%",
    "a long text": "x" * 100_000,
    "a long number": "9" * 400,
    "no calendar's day": "0001-01-01T00:00:00%2B14:00",
    "no address": quote("http://[::1"),
    "no address of a person": quote("a@" + "b." * 200),
    "words of a query language": quote("a:b & | ! ( ) * ' \" \\ NEAR"),
    "a template's words": quote("{{ x }}{% url %}%s%(y)d"),
}
BODIES = {
    "ten thousand fields": b"q=1&" * 10_000,
    "three megabytes": b"q=" + b"x" * 3_000_000,
    "two megabytes of an address": b"email=" + b"x@" * 1_000_000,
    "two megabytes of a name": b"first_name=" + b"w" * 2_000_000,
    "bytes": bytes(range(256)) * 4,
}


@pytest.fixture
def ada(sign_in):
    """An administrator, who sees every page."""
    client = Client(raise_request_exception=False)
    sign_in(client, "ada")
    return client


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("page", FIELDS)
def test_any_query_text_gives_a_page(ada, page, text):
    answers = {
        name: ada.get(page, QUERY_STRING=f"{name}={text}", headers=headers).status_code
        for name in FIELDS[page]
        for headers in ({}, {"HX-Request": "true"})
    }
    assert {name: status for name, status in answers.items() if status not in {200, 302}} == {}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize(
    "page",
    [
        "/invite/",
        "/invite/preview/",
        "/invite/many/",
        "/invite/many/send/",
        "/login/",
        "/policy/",
        "/policy/save/",
    ],
)
def test_any_form_gives_a_page_and_sends_nothing(ada, standin, page, body):
    answer = ada.generic("POST", page, body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code in {302, 400, 413, 422}
    assert standin.count("POST", "assignuserbyemail") == 0


@pytest.mark.parametrize("name", FIELDS["/invite/"])
def test_a_repeated_field_sends_at_most_once(ada, standin, name):
    form = {"task": "WEB-12", "role": str(standin.world.role("guest").id), "email": "carla@creative.example"}
    form |= {"key": str(uuid4())}
    doubled = form | {name: ["\0", form.get(name, "x")]}
    assert ada.post("/invite/", doubled).status_code in {302, 422}
    assert standin.count("POST", "assignuserbyemail") <= 1


@pytest.mark.parametrize(
    "cookie", ["zone=../../../etc/passwd", "zone=.", "zone=" + "x" * 400, "sessionid=" + "x" * 5000]
)
def test_a_forged_cookie_gives_a_page(cookie):
    answer = Client(raise_request_exception=False).get("/login/", headers={"Cookie": cookie})
    assert answer.status_code == 200
