"""Form content that outlives a sign-in."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.backends.cache import SessionStore
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import QueryDict
from django.utils import timezone

from portal.accounts import oauth_state
from portal.models import PendingSignIn, Session, User
from portal.web import form_recovery


@pytest.fixture
def browser(rf):
    """Makes requests of one browser."""
    session = SessionStore()

    def request(method="get", path="/invite/", **fields):
        made = getattr(rf, method)(path, fields)
        made.session = session
        made.upload_handlers = [MemoryFileUploadHandler(made)]  # as FormParsing sets for large forms
        return made

    return request


def test_what_was_posted_comes_back_once(browser):
    form_recovery.stash(browser("post", email="carla@studio.example", csrfmiddlewaretoken="x"), "/invite/")
    assert form_recovery.pop(browser()) == QueryDict("email=carla%40studio.example")
    assert form_recovery.pop(browser()) is None


def test_it_comes_back_to_its_own_page_only(browser):
    form_recovery.stash(browser("post", email="carla@studio.example"), "/invite/?task=WEB-12")
    assert form_recovery.pop(browser(path="/invitations/")) is None
    assert form_recovery.pop(browser())


def test_what_a_part_of_a_page_sent_comes_back_to_the_page(browser):
    form_recovery.stash(browser("get", "/invite/preview/", email="carla@studio.example"), "/invite/")
    assert form_recovery.pop(browser()) == QueryDict("email=carla%40studio.example")


def test_a_plain_get_is_not_saved(browser):
    request = browser("get", q="copy")
    form_recovery.stash(request, request.get_full_path())
    assert form_recovery.pop(browser()) is None


def test_several_values_of_a_field_all_come_back(browser):
    form_recovery.stash(browser("post", role=["a", "b"]), "/invite/")
    assert form_recovery.pop(browser()).getlist("role") == ["a", "b"]


def test_a_restored_form_is_saved_again_if_the_page_fails(browser):
    form_recovery.stash(browser("post", email="carla@studio.example"), "/invite/")
    reading = browser()
    form_recovery.pop(reading)
    form_recovery.stash(reading, "/invite/")
    assert form_recovery.pop(browser())


@pytest.mark.parametrize("fields", [{}, {"email": "x" * 20_001}])
def test_empty_and_oversized_forms_are_not_saved(browser, fields):
    form_recovery.stash(browser("post", **fields), "/invite/")
    assert form_recovery.pop(browser()) is None


def test_a_large_form_is_saved_with_its_file(browser):
    file = SimpleUploadedFile("guests.csv", "email\nj\xfcrgen@studio.example".encode("utf-16"))
    sent = browser("post", "/invite/many/", lines="x" * 1_000_000, file=file)
    sent.FILES["file"].read()  # as the view does
    form_recovery.stash(sent, "/invite/many/")
    reading = browser(path="/invite/many/")
    assert len(form_recovery.pop(reading)["lines"]) == 1_000_000
    assert reading.restored_files["file"].read().decode("utf-16") == "email\nj\xfcrgen@studio.example"


def test_a_file_alone_is_saved(browser):
    form_recovery.stash(
        browser("post", "/invite/many/", file=SimpleUploadedFile("a.csv", b"x")), "/invite/many/"
    )
    reading = browser(path="/invite/many/")
    assert form_recovery.pop(reading) == QueryDict()
    assert reading.restored_files["file"].read() == b"x"


def test_after_an_hour_it_is_gone(browser):
    form_recovery.stash(browser("post", email="carla@studio.example"), "/invite/")
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert form_recovery.pop(browser()) is None


@pytest.mark.parametrize("odd", ["text", 7, {"path": "/invitations/"}, None])
def test_odd_sessions_are_harmless(browser, odd):
    request = browser()
    request.session[form_recovery.KEY] = odd
    assert form_recovery.pop(request) is None


def test_a_form_is_restored_for_its_author_only(browser, rf):
    request = browser("post", email="carla@studio.example")
    request.user = User(pk=7)
    form_recovery.stash(request, "/invite/")
    other = browser()
    other.user = User(pk=8)
    assert form_recovery.pop(other) is None


@pytest.mark.parametrize("page", ["/guests/erase/", "/members/pending-roles/", "/nowhere/"])
def test_other_pages_are_not_saved(browser, page):
    request = browser("post", page, email="carla@studio.example")
    form_recovery.stash(request, page)
    assert form_recovery.KEY not in request.session


@pytest.mark.django_db
def test_purging_does_not_revive_an_ended_session(client, sign_in, monkeypatch):
    sign_in(client)
    session = client.session
    session[form_recovery.KEY] = {"path": "/invite/", "content": "email=carla@studio.example", "at": 0}
    session.save()
    decoded = Session.get_decoded

    def ended(row):
        Session.objects.filter(pk=row.pk).delete()
        return decoded(row)

    monkeypatch.setattr(Session, "get_decoded", ended)
    form_recovery.purge("carla@studio.example")
    assert not Session.objects.filter(user__isnull=False).exists()


@pytest.mark.django_db
def test_purging_deletes_saved_files(client, sign_in):
    sign_in(client)
    session = client.session
    saved = {"path": "/invite/many/", "content": "", "files": {"file": "c\0a\0r\0l\0a\0"}, "at": 0}
    session[form_recovery.KEY] = saved
    session.save()
    form_recovery.purge("carla@studio.example")
    assert form_recovery.KEY not in client.session


@pytest.mark.django_db
def test_purging_deletes_pending_sign_ins_that_return_to_the_address():
    oauth_state.create("browser", "/invite/?email=Carla%40Studio.example")
    other = oauth_state.create("browser", "/invite/?email=bo%40studio.example")
    form_recovery.purge("carla@studio.example")
    assert [one.next for one in PendingSignIn.objects.all()] == [other.next]
