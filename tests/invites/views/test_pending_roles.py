"""Desk roles set before the first sign-in: removing, confirming and rejecting."""

import pytest
from django.test import Client

from invites.audit.models import Event
from portal.accounts import pending_roles
from portal.accounts.members import NotAdministrator
from portal.models import PendingRole, User
from portal.roles import DeskRole
from tests.invites.factories import person
from tests.invites.views.pages import text
from tests.threads import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client):
    user = person("Ada Ahrens", role=DeskRole.ADMINISTRATOR)
    client.force_login(user)
    return user


@pytest.fixture
def waiting(ada):
    """Paula has signed in with an address that was to become auditor."""
    paula = person("Paula Planer")
    return PendingRole.objects.create(
        workspace=ada.workspace, email="new@studio.example", role="auditor", user=paula
    )


def press(client, verb, pending):
    if verb == "remove":
        return client.post(f"/members/pending-roles/{pending.pk}/remove/")
    return client.post(f"/members/{pending.user.awork_id}/pending-role/{verb}/")


def role():
    return User.objects.get(first_name="Paula").role


def test_confirming_assigns_the_role_with_an_event(client, waiting):
    assert press(client, "confirm", waiting)["Location"] == "/members/"
    assert "Paula Planer now has the desk role Auditor." in text(client.get("/members/"))
    assert role() == "auditor"
    assert not PendingRole.objects.exists()
    event = Event.objects.get()
    assert (event.type, event.actor_name) == ("role-confirmed", "Ada Ahrens")
    assert event.details == {"before": "manager", "after": "auditor"}


def test_rejecting_leaves_the_role_with_an_event(client, waiting):
    assert press(client, "reject", waiting)["Location"] == "/members/"
    assert "Paula Planer doesn&#x27;t become Auditor." in text(client.get("/members/"))
    assert role() == "manager"
    assert not PendingRole.objects.exists()
    event = Event.objects.get()
    assert (event.type, event.outcome) == ("role-rejected", "rejected")


@pytest.mark.parametrize("second", ["confirm", "reject"])
def test_a_second_decision_changes_nothing_and_is_told(client, waiting, second):
    press(client, "confirm", waiting)
    again = press(client, second, waiting)
    assert again["Location"] == "/members/?problem=decided"
    assert "already confirmed or rejected" in text(client.get(again["Location"]))
    assert role() == "auditor"
    assert Event.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_decisions_of_two_administrators_at_once_are_one(client, waiting):
    other = Client()
    other.force_login(person("Mona Mäder", role=DeskRole.ADMINISTRATOR))
    browsers = []
    for number in range(8):
        browser = Client()
        browser.cookies = (client, other)[number % 2].cookies.copy()
        browsers.append(browser)
    verbs = ("confirm", "reject")
    answers = at_once(8, lambda number: press(browsers[number], verbs[number // 4], waiting))
    assert sorted(one["Location"] for one in answers) == ["/members/"] + ["/members/?problem=decided"] * 7
    event = Event.objects.get()
    assert (event.type == "role-confirmed") == (role() == "auditor")


def test_somebody_who_is_no_administrator_by_now_decides_nothing(client, waiting, monkeypatch):
    """Comes about only when the desk role changes during the request."""

    def refuse(*args, **options):
        raise NotAdministrator

    monkeypatch.setattr(pending_roles, "confirm", refuse)
    assert press(client, "confirm", waiting).status_code == 403


def test_nobody_but_an_administrator_decides(waiting):
    paula = Client()
    paula.force_login(waiting.user)
    for verb in ("confirm", "reject"):
        assert press(paula, verb, waiting).status_code == 403
    assert role() == "manager"
    assert PendingRole.objects.exists()


def test_a_role_is_removed_once_and_only_if_nobody_has_signed_in(client, ada, waiting):
    unclaimed = PendingRole.objects.create(workspace=ada.workspace, email="x@studio.example", role="lead")
    for pending in (unclaimed, waiting):
        assert press(client, "remove", pending)["Location"] == "/members/"
    page = text(client.get("/members/"))
    assert "The desk role of x@studio.example was removed." in page
    assert page.count("was removed.") == 1
    assert press(client, "remove", unclaimed).status_code == 404
    assert PendingRole.objects.get() == waiting
    assert [event.details for event in Event.objects.all()] == [{"before": "lead", "after": ""}]


@pytest.mark.parametrize("verb", ["remove", "confirm", "reject"])
def test_what_is_pending_elsewhere_is_not_there(client, ada, verb):
    stranger = person("Otto Ost", "Elsewhere")
    elsewhere = PendingRole.objects.create(
        workspace=stranger.workspace, email="x@ost.example", role="lead", user=stranger
    )
    assert press(client, verb, elsewhere).status_code == 404
    assert "x@ost.example" not in text(client.get("/members/"))
