"""Form content that outlives a sign-in."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.backends.cache import SessionStore
from django.http import QueryDict
from django.utils import timezone

from portal import kept
from portal.models import Session, User


@pytest.fixture
def browser(rf):
    """Makes requests of one browser."""
    session = SessionStore()

    def request(method="get", path="/invite/", **fields):
        made = getattr(rf, method)(path, fields)
        made.session = session
        return made

    return request


def test_what_was_posted_comes_back_once(browser):
    kept.keep(browser("post", email="carla@studio.example", csrfmiddlewaretoken="x"), "/invite/")
    assert kept.take(browser()) == QueryDict("email=carla%40studio.example")
    assert kept.take(browser()) is None


def test_it_comes_back_to_its_own_page_only(browser):
    kept.keep(browser("post", email="carla@studio.example"), "/invite/?task=WEB-12")
    assert kept.take(browser(path="/invitations/")) is None
    assert kept.take(browser())


def test_what_a_part_of_a_page_sent_comes_back_to_the_page(browser):
    kept.keep(browser("get", "/invite/check/", email="carla@studio.example"), "/invite/")
    assert kept.take(browser()) == QueryDict("email=carla%40studio.example")


def test_a_page_that_is_merely_read_is_not_kept(browser):
    request = browser("get", q="copy")
    kept.keep(request, request.get_full_path())
    assert kept.take(browser()) is None


def test_several_values_of_a_field_all_come_back(browser):
    kept.keep(browser("post", role=["a", "b"]), "/invite/")
    assert kept.take(browser()).getlist("role") == ["a", "b"]


def test_what_was_just_given_back_is_kept_again_when_the_page_fails(browser):
    kept.keep(browser("post", email="carla@studio.example"), "/invite/")
    reading = browser()
    kept.take(reading)
    kept.keep(reading, "/invite/")
    assert kept.take(browser())


@pytest.mark.parametrize("fields", [{}, {"email": "x" * 20_001}])
def test_nothing_and_too_much_are_not_kept(browser, fields):
    kept.keep(browser("post", **fields), "/invite/")
    assert kept.take(browser()) is None


def test_after_an_hour_it_is_gone(browser):
    kept.keep(browser("post", email="carla@studio.example"), "/invite/")
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert kept.take(browser()) is None


@pytest.mark.parametrize("odd", ["text", 7, {"path": "/invitations/"}, None])
def test_odd_sessions_are_harmless(browser, odd):
    request = browser()
    request.session[kept.KEY] = odd
    assert kept.take(request) is None


def test_it_is_given_to_the_person_who_typed_it_alone(browser, rf):
    request = browser("post", email="carla@studio.example")
    request.user = User(pk=7)
    kept.keep(request, "/invite/")
    other = browser()
    other.user = User(pk=8)
    assert kept.take(other) is None


@pytest.mark.parametrize("page", ["/guests/erase/", "/people/expected/", "/nowhere/"])
def test_what_no_page_would_give_back_is_not_kept(browser, page):
    request = browser("post", page, email="carla@studio.example")
    kept.keep(request, page)
    assert kept.KEY not in request.session


@pytest.mark.django_db
def test_a_session_that_ended_meanwhile_stays_ended(client, sign_in, monkeypatch):
    sign_in(client)
    session = client.session
    session[kept.KEY] = {"path": "/invite/", "content": "email=carla@studio.example", "at": 0}
    session.save()
    decoded = Session.get_decoded

    def ended(row):
        Session.objects.filter(pk=row.pk).delete()
        return decoded(row)

    monkeypatch.setattr(Session, "get_decoded", ended)
    kept.forget("carla@studio.example")
    assert not Session.objects.filter(user__isnull=False).exists()
