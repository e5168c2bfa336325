"""Sign-ins are limited for each address and for each person."""

from dataclasses import replace

import pytest
from django.test import Client

from invites.audit.models import Event
from portal.models import User
from portal.web import rate_limits
from tests.standin_server import authorize

pytestmark = pytest.mark.django_db


def lower(monkeypatch, name, **most):
    monkeypatch.setattr(rate_limits, name, replace(getattr(rate_limits, name), **most))


def refused_by_limit():
    events = Event.objects.filter(type="attempt-refused")
    return [
        (event.actor_name, event.details["limit"]) for event in events if event.details["rule"] == "limit"
    ]


def test_pressing_the_button_and_coming_back_with_nothing_count_together_for_an_address(sign_in, monkeypatch):
    lower(monkeypatch, "SIGN_IN", per_ip=3)
    sign_in(Client())
    assert Client().post("/login/").status_code == 302
    assert Client().get("/login/callback/?state=x&code=y").status_code == 302
    for attempt in (Client().post("/login/"), Client().get("/login/callback/?state=x&code=y")):
        assert attempt.status_code == 429
        assert 1 <= int(attempt["Retry-After"]) <= 600
        assert "Try again in" in attempt.content.decode()
    assert Client().post("/login/", REMOTE_ADDR="192.0.2.8").status_code == 302
    assert refused_by_limit() == [("", "sign-in")]


def test_reading_the_page_is_not_counted(monkeypatch):
    lower(monkeypatch, "SIGN_IN", per_ip=1)
    assert {Client().get("/login/").status_code for _ in range(5)} == {200}


def test_a_sign_in_that_was_begun_counts_once(client, standin, monkeypatch):
    lower(monkeypatch, "SIGN_IN", per_ip=1)
    back = authorize(standin, client.post("/login/")["Location"], "paula").partition("localhost:8000")[2]
    assert client.get(back)["Location"] == "/invite/"


def test_a_person_is_counted_wherever_they_come_from(sign_in, monkeypatch):
    lower(monkeypatch, "SIGN_IN_PER_USER", per_user=2)
    for number in range(2):
        sign_in(Client(REMOTE_ADDR=f"192.0.2.{number}"))
    third = Client(REMOTE_ADDR="192.0.2.3")
    assert sign_in(third).status_code == 429
    assert "_auth_user_id" not in third.session
    assert sign_in(Client(), "mona").status_code == 302
    assert refused_by_limit() == [("", "sign-in")]


def test_refused_people_are_counted_but_not_named(sign_in, monkeypatch):
    lower(monkeypatch, "SIGN_IN_PER_USER", per_user=1)
    sign_in(Client(), "gustav")
    assert sign_in(Client(), "gustav").status_code == 429
    assert not User.objects.exists()
    (event,) = Event.objects.filter(type="attempt-refused")
    assert "gustav" not in str(Event.objects.filter(pk=event.pk).values().get()).lower()
