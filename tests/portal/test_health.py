"""The health check."""

import pytest
from django.db import OperationalError, connection


@pytest.mark.django_db
def test_healthy_while_the_database_answers(client):
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok")


@pytest.mark.django_db
def test_unhealthy_while_the_database_does_not_answer(client):
    def broken(execute, sql, params, many, context):
        raise OperationalError("the password of the database is hush")

    with connection.execute_wrapper(broken):
        response = client.get("/healthz")
    assert response.status_code == 503
    assert b"hush" not in response.content


@pytest.mark.django_db
def test_plain_http_is_not_redirected(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/healthz").status_code == 200
    assert client.get("/login/").status_code == 301
