"""/livez, /readyz and its other name /healthz."""

import pytest
from django.db import OperationalError, connection
from django.test import Client

from portal import readiness

LOST_DATABASE = OperationalError("the password of the database is hush")


@pytest.fixture
def probe(log_lines):
    """`probe(path)`: the response to a probe by IP address, and what was logged above info meanwhile."""

    def probed(path):
        response = Client().get(path, headers={"Host": "10.0.0.7:8001"})
        levels = [line["level"] for line in log_lines() if line["level"] != "info"]
        return response.status_code, response.content.decode().partition(" (request ID")[0], levels

    readiness.migrations.forget()
    yield probed
    readiness.migrations.forget()


def away(execute, sql, params, many, context):
    raise LOST_DATABASE


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/livez", "/readyz", "/healthz"])
def test_a_desk_that_can_serve_is_ok(probe, path):
    assert probe(path) == (200, "ok", [])


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/readyz", "/healthz"])
def test_a_lost_database_is_not_ready(probe, path):
    with connection.execute_wrapper(away):
        assert probe(path) == (503, "the database does not answer", ["warning"])


def test_the_process_is_alive_without_a_database(probe):
    assert probe("/livez") == (200, "ok", [])  # pytest-django fails each query here


@pytest.mark.django_db
def test_a_probe_reads_no_session_and_sets_no_cookie(client, django_assert_max_num_queries):
    client.cookies["sessionid"] = "anything"
    client.get("/readyz")
    with django_assert_max_num_queries(1):
        response = client.get("/readyz")
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/livez", "/readyz", "/healthz"])
def test_plain_http_is_not_redirected(client, settings, path):
    settings.SECURE_SSL_REDIRECT = True
    assert client.get(path).status_code == 200
    assert client.get("/login/").status_code == 301
