"""Each request is counted."""

import pytest
from django.test import Client

from tests.metrics import Increase


@pytest.mark.django_db
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


@pytest.mark.django_db
def test_a_failed_page_is_counted_too(monkeypatch):
    monkeypatch.setattr("portal.accounts.views.sign_in._home_page", None)
    grown = Increase()
    Client(raise_request_exception=False).get("/")
    assert grown() == {("desk_request_seconds_count", "500"): 1.0}
