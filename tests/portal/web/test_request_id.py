"""The number that an error page tells is the one that the log has."""

import json
import logging
import re
from io import StringIO

import pytest
import structlog
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError, connection
from django.http import Http404
from django.template import Context, Template
from django.test import Client
from structlog.contextvars import get_contextvars

from portal.logging import config
from portal.web.middleware import REQUEST_ID_HEADER

pytestmark = pytest.mark.django_db


@pytest.fixture
def lines():
    """What the requests of a test write, line by line, as it is written in production."""
    said = StringIO()
    handler, form = logging.StreamHandler(said), config(debug=False)["formatters"]["json"]
    handler.setFormatter(form.pop("()")(**form))
    logging.root.addHandler(handler)
    yield lambda: [json.loads(line) for line in said.getvalue().splitlines()]
    logging.root.removeHandler(handler)


@pytest.fixture
def visitor():
    return Client(raise_request_exception=False)


def told(response):
    """The reference on a page; it is that of the header."""
    found = re.search(
        r'Request ID for support:\s*<span class="mono">([0-9a-f-]{36})</span>', response.content.decode()
    )
    assert found, response.content.decode()
    assert response[REQUEST_ID_HEADER] == found[1]
    return found[1]


def fail(monkeypatch, problem):
    """Let every page fail with this."""

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
def test_every_error_page_tells_the_reference_that_the_log_has(visitor, lines, monkeypatch, problem, status):
    fail(monkeypatch, problem)
    response = visitor.get("/")
    assert response.status_code == status
    written = [line for line in lines() if line.get("request_id") == told(response)]
    assert written


def test_a_form_without_its_key_too(lines):
    response = Client(enforce_csrf_checks=True).post("/login/")
    assert told(response) in {line.get("request_id") for line in lines()}


def test_an_address_with_another_host_too(visitor, lines):
    response = visitor.get("/login/", headers={"Host": "evil.example"})
    assert response.status_code == 400
    assert told(response) in {line.get("request_id") for line in lines()}


def test_while_the_database_is_away_the_page_is_whole(visitor, sign_in, lines):
    sign_in(visitor)

    def away(execute, sql, params, many, context):
        raise OperationalError("the password of the database is hush")

    with connection.execute_wrapper(away):
        response = visitor.get("/invite/")
        health_check = visitor.get("/healthz")
    assert response.status_code == 500
    assert "The portal stumbled" in response.content.decode()
    assert "hush" not in response.content.decode()
    numbers = {line.get("request_id") for line in lines()}
    assert told(response) in numbers
    assert health_check.status_code == 503
    assert health_check[REQUEST_ID_HEADER] in health_check.content.decode()
    assert health_check[REQUEST_ID_HEADER] in numbers


def test_every_request_has_a_reference_of_its_own_and_none_that_it_brings(client):
    brought = {"X-Request-ID": "0123456789", "X-Correlation-ID": "0123456789"}
    found = [client.get("/login/", headers=brought)[REQUEST_ID_HEADER] for _ in range(3)]
    assert len({*found, "0123456789"}) == 4


def test_nothing_of_a_request_stays_behind(client):
    client.get("/login/")
    assert "request_id" not in get_contextvars()
    assert Template("{% load request_id %}{% request_id %}").render(Context()) == ""


def test_a_line_of_the_portals_own_has_it_too(visitor, lines, monkeypatch):
    def noting(_request):
        structlog.get_logger("desk").info("odd")
        raise Http404

    monkeypatch.setattr("portal.accounts.views.sign_in._home_page", noting)
    response = visitor.get("/")
    assert [line["request_id"] for line in lines() if line["event"] == "odd"] == [told(response)]
