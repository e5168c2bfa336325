"""Each request has a log line, and is counted."""

from pathlib import Path

import pytest
from django.http import FileResponse, StreamingHttpResponse
from django.test import Client

from portal.models import User
from portal.web.request_log import RequestLog
from tests.metrics import Increase

pytestmark = pytest.mark.django_db


@pytest.fixture
def lines(log_lines):
    """The lines of this module so far."""
    return lambda: [line for line in log_lines() if line["logger"] == "portal.web.request_log"]


def test_a_line_says_what_was_asked_by_whom_and_nothing_that_names_a_guest(client, sign_in, lines):
    sign_in(client)
    before = len(lines())
    response = client.get("/invite/?task=WEB-12&email=carla@creative.example")
    (line,) = lines()[before:]
    milliseconds, at = line.pop("milliseconds"), line.pop("timestamp")
    assert line == {
        "event": "request",
        "level": "info",
        "logger": "portal.web.request_log",
        "method": "GET",
        "route": "invite",
        "status": 200,
        "person": str(User.objects.get(first_name="Paula").awork_id),
        "request_id": response["X-Request-ID"],
    }
    assert 0 <= milliseconds < 30_000
    assert at


def test_a_page_of_one_object_is_logged_by_its_route(client, lines):
    client.get("/invitations/00000000-0000-0000-0000-000000000001/")
    assert [(line["route"], line["status"], line["person"]) for line in lines()] == [
        ("invitation", 302, None)
    ]


def test_a_path_that_leads_nowhere_is_not_logged(client, lines):
    client.get("/carla@creative.example/?q=carla")
    assert [(line["route"], line["status"]) for line in lines()] == [("", 404)]
    assert "carla" not in str(lines())


def test_probes_are_not_logged(client, lines):
    for path in ("/livez", "/readyz", "/metrics"):
        client.get(path)
    assert lines() == []


def test_a_response_that_breaks_off_is_logged(rf, lines):
    def parts():
        yield b"first"
        raise ValueError("a broken row")

    response = RequestLog(lambda _request: StreamingHttpResponse(parts()))(rf.get("/audit/export.csv?q=hush"))
    read = []
    with pytest.raises(ValueError, match="a broken row"):
        read.extend(iter(response))
    begun, broken = lines()
    assert (begun["event"], broken["event"], broken["level"]) == (
        "request",
        "the response broke off",
        "error",
    )
    assert "ValueError: a broken row" in broken["exception"]
    assert "hush" not in str(broken)


def test_a_static_file_is_still_sent_by_the_server(rf):
    with Path(__file__).open("rb") as file:
        response = RequestLog(lambda _request: FileResponse(file))(rf.get("/static/x.css"))
        assert response.file_to_stream is file


def test_requests_are_counted_by_status(client):
    grown = Increase()
    client.get("/login/")
    client.get("/nowhere/")
    client.get("/login/", headers={"Host": "evil.example"})
    assert grown() == {
        ("desk_request_seconds_count", "200"): 1.0,
        ("desk_request_seconds_count", "400"): 1.0,
        ("desk_request_seconds_count", "404"): 1.0,
    }


def test_a_failed_page_is_counted_too(monkeypatch):
    monkeypatch.setattr("portal.accounts.views.sign_in._home_page", None)
    grown = Increase()
    Client(raise_request_exception=False).get("/")
    assert grown() == {("desk_request_seconds_count", "500"): 1.0}
