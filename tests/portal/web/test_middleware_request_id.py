"""RequestId: one id on error pages, in the header and in log log_lines."""

import re

import pytest
import structlog
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError, connection
from django.http import Http404
from django.template import Context, Template
from django.test import Client
from structlog.contextvars import get_contextvars

from portal.web.middleware import REQUEST_ID_HEADER

pytestmark = pytest.mark.django_db


@pytest.fixture
def visitor():
    return Client(raise_request_exception=False)


def shown_id(response):
    """The id on a page; it is the one in the header."""
    found = re.search(
        r'Request ID for support:\s*<span class="mono">([0-9a-f-]{36})</span>', response.content.decode()
    )
    assert found, response.content.decode()
    assert response[REQUEST_ID_HEADER] == found[1]
    return found[1]


def fail(monkeypatch, problem):
    """Let the home page fail."""

    def failing(_request):
        raise problem

    monkeypatch.setattr("portal.accounts.views.sign_in._home_page", failing)


@pytest.mark.parametrize(
    ("problem", "status"),
    [
        (SuspiciousOperation("odd"), 400),
        (PermissionDenied(), 403),
        (Http404(), 404),
        (RuntimeError("a mistake"), 500),
    ],
)
def test_every_error_page_shows_the_id_of_the_log(visitor, log_lines, monkeypatch, problem, status):
    fail(monkeypatch, problem)
    response = visitor.get("/")
    assert response.status_code == status
    written = [line for line in log_lines() if line.get("request_id") == shown_id(response)]
    assert written


def test_a_csrf_failure_shows_the_id_of_the_log(log_lines):
    response = Client(enforce_csrf_checks=True).post("/login/")
    assert shown_id(response) in {line.get("request_id") for line in log_lines()}


def test_a_foreign_host_shows_the_id_of_the_log(visitor, log_lines):
    response = visitor.get("/login/", headers={"Host": "evil.example"})
    assert response.status_code == 400
    assert shown_id(response) in {line.get("request_id") for line in log_lines()}


def test_the_error_page_needs_no_database(visitor, sign_in, log_lines):
    sign_in(visitor)

    def away(execute, sql, params, many, context):
        raise OperationalError("the password of the database is hush")

    with connection.execute_wrapper(away):
        response = visitor.get("/invite/")
        health_check = visitor.get("/healthz")
    assert response.status_code == 500
    assert "Something went wrong" in response.content.decode()
    assert "hush" not in response.content.decode()
    numbers = {line.get("request_id") for line in log_lines()}
    assert shown_id(response) in numbers
    assert health_check.status_code == 503
    assert health_check[REQUEST_ID_HEADER] in health_check.content.decode()
    assert health_check[REQUEST_ID_HEADER] in numbers


def test_every_request_has_its_own_id_and_ignores_the_clients(client):
    brought = {"X-Request-ID": "0123456789", "X-Correlation-ID": "0123456789"}
    found = [client.get("/login/", headers=brought)[REQUEST_ID_HEADER] for _ in range(3)]
    assert len({*found, "0123456789"}) == 4


def test_the_id_is_unbound_after_the_request(client):
    client.get("/login/")
    assert "request_id" not in get_contextvars()
    assert Template("{% load request_id %}{% request_id %}").render(Context()) == ""


def test_structured_log_lines_carry_the_id(visitor, log_lines, monkeypatch):
    def noting(_request):
        structlog.get_logger("desk").info("odd")
        raise Http404

    monkeypatch.setattr("portal.accounts.views.sign_in._home_page", noting)
    response = visitor.get("/")
    assert [line["request_id"] for line in log_lines() if line["event"] == "odd"] == [shown_id(response)]
