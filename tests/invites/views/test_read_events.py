import json

import pytest
from django.test import Client

from invites.audit.catalogue import EventType
from invites.audit.models import Event
from invites.audit.record import record
from invites.models import ApiToken
from invites.stream import tokens
from portal.actor import PORTAL_WORKSPACE, for_system
from portal.models import RateLimitCounter, Session
from tests.invites.conftest import actor
from tests.invites.stream.conftest import new_token  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture
def get(new_token):  # noqa: F811
    """`get(after=3)`: the response to another system, which has a token and no cookies."""
    text, _ = new_token()

    def ask(with_token=text, /, **query):
        return Client().get("/api/audit/", query, headers={"Authorization": f"Bearer {with_token}"})

    return ask


def numbers(response):
    return [json.loads(one)["event"]["sequence"] for one in response.text.splitlines()]


def test_all_events_in_parts_oldest_first(get):
    first = get(limit=2)
    assert (numbers(first), first["X-Next-After"]) == ([1, 2], "2")
    assert first["Content-Type"] == "application/jsonl; charset=utf-8"
    assert "no-store" in first["Cache-Control"]
    rest = get(after=2)
    assert numbers(rest) == list(range(3, Event.objects.count() + 1))
    end = get(after=rest["X-Next-After"])
    assert (end.status_code, end.content, end["X-Next-After"]) == (200, b"", rest["X-Next-After"])


def test_ocsf(get):
    found = json.loads(get(format="ocsf", limit=1).text)
    assert (found["class_uid"], found["metadata"]["sequence"]) == (3002, 1)


def test_the_portals_own_events_are_for_tokens_with_that_right(get, new_token):  # noqa: F811
    record(EventType.SIGN_IN_REFUSED, by=for_system(PORTAL_WORKSPACE))
    refused = get(chain="portal")
    assert (refused.status_code, refused.json()["error"]) == (403, "forbidden")
    text, _ = new_token(reads_portal=True)
    assert json.loads(get(text, chain="portal").text)["event"]["workspace"] == str(PORTAL_WORKSPACE)


@pytest.mark.parametrize(
    "query",
    [
        *({"after": one} for one in ("-1", "x", "", "1.5", " 1", "1e3", "٣", "9" * 18 + "9", "9" * 5000)),
        *({"limit": one} for one in ("0", "-1", "1001", "", "x")),
        {"format": "xml"},
        {"format": ""},
        {"chain": "other"},
        {"token": "x"},
        {"access_token": "x"},
        {"after": ["1", "2"]},
    ],
)
def test_malformed_parameters_are_named(get, query):
    response = get(**query)
    assert (response.status_code, response.json()["error"]) == (400, "invalid")
    message = response.json()["message"]
    assert message.startswith(next(iter(query))) or message.endswith("each at most once.")


def test_a_position_beyond_the_end_is_told(get):
    response = get(after=10**18)
    assert response.status_code == 409
    assert response.json()["last"] == Event.objects.count()


def test_an_event_that_cannot_be_given_is_an_error_in_the_log(get, log_lines, monkeypatch):
    monkeypatch.setattr("invites.stream.reader._follows", lambda event, last: event["sequence"] != 2)
    assert numbers(get()) == [1]
    response = get(after=1)
    assert (response.status_code, response.json()["after"]) == (500, 1)
    assert [one for one in log_lines() if one["level"] == "error" and one.get("after") == 1]


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer x", "Basic {}", "{}"])
def test_without_a_valid_token_the_answer_is_401(get, header, client, ada):
    headers = {"Authorization": header} if header is not None else {}
    response = client.get("/api/audit/", headers=headers)  # Ada's browser
    assert (response.status_code, response.json()["error"]) == (401, "unauthorized")
    assert response["WWW-Authenticate"] == 'Bearer realm="audit log"'


def test_a_revoked_token_is_refused_from_the_next_request_on(get, ada):
    assert get().status_code == 200
    tokens.revoke(ApiToken.objects.get(), user=ada, by=actor(ada))
    assert get().status_code == 401


def test_no_session_or_cookie_is_made_and_nothing_of_the_token_is_logged(get, log_lines, new_token):  # noqa: F811
    text, _ = new_token()
    before = Session.objects.count()
    response = get(text, after=0)
    assert not response.cookies
    assert Session.objects.count() == before
    assert [one for one in log_lines() if one.get("route") == "api-audit"]
    assert text[12:] not in str(log_lines())
    assert text[12:] not in str(list(Event.objects.values()))


def test_polling_adds_no_events_but_the_first_of_a_day(get):
    get()
    count = Event.objects.count()
    for _ in range(3):
        get(after=0)
    assert Event.objects.count() == count
    assert Event.objects.filter(type="log-read").get().ip_address == "127.0.0.1"


def test_a_token_that_asks_too_often_waits(get, new_token):  # noqa: F811
    get()
    RateLimitCounter.objects.update(count=1200)
    response = get()
    assert (response.status_code, response.json()["error"]) == (429, "too_many_requests")
    assert int(response["Retry-After"]) > 0
    assert Event.objects.get(type="attempt-refused").details["limit"] == "api"
    other, _ = new_token()
    assert get(other).status_code == 200


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_it_is_read_only(get, method):
    assert getattr(Client(), method)("/api/audit/").status_code == 405
