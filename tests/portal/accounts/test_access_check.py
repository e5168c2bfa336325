"""awork must confirm access every 15 minutes."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from invites.audit.models import Event
from portal.awork import client as awork_client
from portal.awork import http
from portal.models import AworkToken, Session, User
from portal.standin import serializers
from portal.standin.seed import MAIN, OTHER
from tests.threads import at_once

pytestmark = pytest.mark.django_db
MINUTES = 16


@pytest.fixture
def paula(client, sign_in, standin):
    """Paula, signed in; awork was last asked sixteen minutes ago."""
    sign_in(client, "paula")
    standin.requests.clear()
    return aged(User.objects.get(first_name="Paula"))


def aged(user, minutes=MINUTES):
    User.objects.filter(pk=user.pk).update(confirmed_at=timezone.now() - timedelta(minutes=minutes))
    return user


def asked(standin):
    return [one.path for one in standin.requests if one.path.startswith("/me") and "tasks" not in one.path]


def test_for_fifteen_minutes_awork_is_not_asked(client, paula, standin):
    aged(paula, 14)
    assert client.get("/invitations/").status_code == 200
    assert asked(standin) == []


def test_then_awork_is_asked_once(client, paula, standin):
    assert [client.get("/invitations/").status_code for _ in range(3)] == [200] * 3
    assert asked(standin) == ["/me", "/me/permissions"]


@pytest.mark.parametrize(
    ("change", "reason"), [({"is_deactivated": True}, "deactivated"), ({"is_blocked": True}, "blocked")]
)
def test_leaving_awork_ends_all_sessions_and_tokens(client, paula, sign_in, standin, change, reason):
    other = Client()
    sign_in(other, "paula")
    aged(paula)
    standin.world.change(standin.world.person("paula"), **change)
    assert client.get("/invitations/")["Location"] == f"/login/refused/{reason}/"
    assert not Session.objects.filter(user=paula).exists()
    assert not AworkToken.objects.exists()
    assert other.get("/invitations/")["Location"] == "/login/?next=/invitations/"
    event = Event.objects.get(type="session-expired")
    assert (event.details, event.actor_name) == (
        {"reason": reason, "grant": "failed"},  # awork refuses those who have left
        "Paula Petersen",
    )


def test_becoming_a_guest_ends_access(client, paula, standin):
    standin.world.change(standin.world.person("paula"), role_id=standin.world.role("guest").id)
    assert client.get("/invitations/")["Location"] == "/login/refused/guest/"


def test_a_part_of_a_page_is_no_way_in(client, paula, standin):
    standin.world.change(standin.world.person("paula"), is_deactivated=True)
    answer = client.get("/invitations/", headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == "/login/refused/deactivated/"


def test_a_former_admin_loses_the_audit_log_in_the_same_request(client, sign_in, standin):
    sign_in(client, "ada")
    aged(User.objects.get())
    standin.world.change(standin.world.person("ada"), role_id=standin.world.role("member").id)
    assert client.get("/audit/").status_code == 403
    assert User.objects.get().role == "manager"


def test_a_sign_in_that_awork_ended_leads_to_a_new_one(client, paula, standin):
    standin.grants.reset()
    assert client.get("/invitations/")["Location"] == "/login/?next=/invitations/"
    assert client.get("/invitations/")["Location"] == "/login/?next=/invitations/"


def test_a_sign_in_that_awork_ended_ends_all_sessions(client, paula, sign_in, standin):
    lost = Client()
    sign_in(lost, "paula")
    aged(paula)
    standin.grants.revoke()
    assert client.get("/invitations/").status_code == 302
    assert not Session.objects.filter(user=paula).exists()
    sign_in(Client(), "paula")
    assert lost.get("/invitations/")["Location"] == "/login/?next=/invitations/"


def test_a_401_for_a_deactivated_user_ends_access(client, paula, sign_in, standin):
    sign_in(Client(), "paula")
    aged(paula)
    body = {"code": "deactivated-user", "description": "", "traceId": ""}
    standin.fault("GET", "/me", "status", None, status=401, body=body)
    assert client.get("/invitations/")["Location"] == "/login/refused/deactivated/"
    assert not Session.objects.filter(user=paula).exists()
    assert not AworkToken.objects.exists()
    assert Event.objects.get(type="session-expired").details == {
        "reason": "deactivated",
        "grant": "nothing",
    }


def test_a_role_that_was_changed_while_awork_was_asked_stays_changed(client, sign_in, standin, monkeypatch):
    sign_in(Client(), "mona")
    User.objects.update(role="administrator")
    sign_in(client, "ada")
    ada = aged(User.objects.get(first_name="Ada"))
    ask = awork_client.Client.permissions

    def meanwhile(self):
        User.objects.filter(pk=ada.pk).update(role="auditor")
        return ask(self)

    monkeypatch.setattr(awork_client.Client, "permissions", meanwhile)
    client.get("/invitations/")
    assert User.objects.get(pk=ada.pk).role == "auditor"


def test_another_admin_replaces_an_administrator_who_left(client, sign_in, standin):
    sign_in(client, "ada")
    sign_in(mona := Client(), "mona")
    aged(User.objects.get(first_name="Ada"))
    standin.world.change(standin.world.person("ada"), is_deactivated=True)
    client.get("/invitations/")
    assert User.objects.get(first_name="Ada").role == "manager"
    standin.world.change(standin.world.person("mona"), role_id=standin.world.role("admin").id)
    aged(User.objects.get(first_name="Mona"))
    assert mona.get("/members/").status_code == 200


def test_moving_to_another_workspace_ends_access(client, paula, standin, settings):
    settings.AWORK_WORKSPACES = [MAIN, OTHER]
    standin.world.change(standin.world.person("paula"), workspace_id=OTHER)
    assert client.get("/invitations/")["Location"] == "/login/refused/workspace/"


def another_person(standin, path):
    """Let awork answer with what is Mona's."""
    other = standin.world.person("mona")
    body = {
        "/me": serializers.me(standin.world, other),
        "/me/permissions": serializers.permissions(standin.world, other),
    }[path]
    standin.fault("GET", path, "status", status=200, body=body)


@pytest.mark.parametrize("path", ["/me", "/me/permissions"])
def test_a_response_about_another_person_ends_access_and_changes_nothing(
    client, paula, sign_in, standin, path
):
    other = Client()
    sign_in(other, "paula")
    aged(paula)
    User.objects.update(role="administrator")
    another_person(standin, path)
    assert client.get("/invitations/")["Location"] == "/login/refused/identity/"
    assert other.get("/invitations/")["Location"] == "/login/?next=/invitations/"
    assert not AworkToken.objects.exists()
    kept = User.objects.get()
    assert (kept.name, kept.email, kept.role) == (
        "Paula Petersen",
        "paula@nordlicht.example",
        "administrator",
    )
    event = Event.objects.get(type="session-expired")
    assert (event.details, event.actor_name) == (
        {"reason": "identity", "grant": "revoked"},
        "Paula Petersen",
    )


@pytest.mark.parametrize("path", ["/me", "/me/permissions"])
def test_a_response_about_nobody_confirms_nothing(client, paula, standin, path):
    before = User.objects.values().get()
    body = {"/me": {"workspace": {"id": str(MAIN)}}, "/me/permissions": {"userPermission": {"isAdmin": True}}}
    standin.fault("GET", path, "wrong_shape", body=body[path])
    assert client.get("/invitations/").status_code == 503
    assert User.objects.values().get() == before


@pytest.mark.parametrize("kind", ["cut_before", "garbage"])
def test_while_access_is_unconfirmed_pages_are_closed_and_nothing_is_lost(client, paula, standin, kind):
    standin.fault("GET", "/me", kind, None)
    answer = client.post("/invite/", {"email": "carla@creative.example"})
    assert answer.status_code == 503
    assert "Can't reach awork" in answer.content.decode()
    standin.faults.reset()
    http.breaker.reset()
    assert "carla@creative.example" in client.get("/invite/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_many_requests_at_once_ask_once(client, paula, standin):
    key = client.cookies["sessionid"].value

    def read(_):
        browser = Client(raise_request_exception=False)
        browser.cookies["sessionid"] = key
        return browser.get("/invitations/").status_code

    assert at_once(8, read) == [200] * 8
    assert asked(standin) == ["/me", "/me/permissions"]


def test_with_a_wrong_client_secret_the_page_says_so_and_the_session_remains(
    client, paula, standin, set_secret
):
    standin.grants.expire()
    set_secret("wrong")
    answer = client.get("/invitations/")
    assert answer.status_code == 503
    page = answer.content.decode()
    assert "The portal's credentials at awork are wrong. Tell an administrator." in page
    set_secret("right")
    assert client.get("/invitations/").status_code == 200
