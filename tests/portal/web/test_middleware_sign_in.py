"""SignInExpiredRedirect and LoginRequired: to sign-in and back, without losing the form."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from invites.audit.models import Event
from invites.models import Invitation
from portal.models import AworkToken, Session, User
from portal.standin.environment import API_KEY
from tests.standin_server import authorize

TYPED = {"task": "WEB-12", "email": "carla@studio.example", "first_name": "Carla", "last_name": "Kröger"}


def end_sign_in(standin):
    """Invalidate all tokens of the portal."""
    standin.grants.revoke()
    AworkToken.objects.update(expires_at=timezone.now() - timedelta(minutes=1))


def press(client, standin, address, who):
    """Sign in through awork, starting at this sign-in page; returns the last response."""
    shown = client.get(address)
    back = shown.context["next"]
    left = client.post("/login/", {"next": back})
    return client.get(authorize(standin, left["Location"], who).partition("localhost:8000")[2])


@pytest.mark.django_db
def test_signing_in_again_returns_to_page_and_form(client, sign_in, standin):
    sign_in(client)
    end_sign_in(standin)
    response = client.post("/invite/", TYPED)
    assert (response.status_code, response["Location"]) == (302, "/login/?next=/invite/")
    assert Event.objects.filter(type="session-expired", actor_name="Paula Petersen").count() == 1
    returned = press(client, standin, response["Location"], "paula")
    assert returned["Location"] == "/invite/"
    content = client.get("/invite/").content.decode()
    for value in ("carla@studio.example", "Carla", "Kröger"):
        assert f'value="{value}"' in content
    assert 'value="carla@studio.example"' not in client.get("/invite/").content.decode()


@pytest.mark.django_db
def test_viewing_the_page_before_signing_in_keeps_the_form(client, sign_in, standin):
    sign_in(client)
    end_sign_in(standin)
    address = client.post("/invite/", TYPED)["Location"]
    assert client.get("/invite/")["Location"] == address
    press(client, standin, address, "paula")
    assert 'value="carla@studio.example"' in client.get("/invite/").content.decode()


@pytest.mark.django_db
def test_another_user_of_the_browser_does_not_see_the_form(client, sign_in, standin):
    sign_in(client)
    end_sign_in(standin)
    address = client.post("/invite/", TYPED)["Location"]
    press(client, standin, address, "mona")
    assert User.objects.get(pk=client.session["_auth_user_id"]).first_name == "Mona"
    assert "carla@studio.example" not in client.get("/invite/").content.decode()


@pytest.mark.django_db
def test_signing_out_discards_the_form(client, sign_in, standin):
    sign_in(client)
    end_sign_in(standin)
    client.post("/invite/", TYPED)
    client.post("/logout/")
    sign_in(client)
    assert "carla@studio.example" not in client.get("/invite/").content.decode()


@pytest.mark.django_db
def test_signing_in_returns_to_a_page_with_its_query(client, sign_in, standin):
    sign_in(client)
    end_sign_in(standin)
    response = client.get("/invite/?q=copy&role=guest")
    assert response["Location"] == "/login/?next=/invite/%3Fq%3Dcopy%26role%3Dguest"
    assert press(client, standin, response["Location"], "paula")["Location"] == "/invite/?q=copy&role=guest"


@pytest.mark.django_db
def test_a_part_of_a_page_sends_the_whole_page_to_sign_in(client, sign_in, standin):
    sign_in(client)
    end_sign_in(standin)
    htmx = {"HX-Request": "true", "HX-Current-URL": "http://testserver/invite/?task=WEB-12"}
    response = client.get("/invite/", TYPED, headers=htmx | {"HX-Target": "panel"})
    assert response.status_code == 200
    assert response["HX-Redirect"] == "/login/?next=/invite/%3Ftask%3DWEB-12"
    press(client, standin, response["HX-Redirect"], "paula")
    assert 'value="carla@studio.example"' in client.get("/invite/?task=WEB-12").content.decode()


@pytest.mark.django_db
def test_signing_in_does_not_return_to_another_site(client, sign_in, standin):
    sign_in(client)
    end_sign_in(standin)
    htmx = {"HX-Request": "true", "HX-Current-URL": "https://evil.example/invite/"}
    assert client.get("/invite/", TYPED, headers=htmx)["HX-Redirect"] == "/login/?next=/"


@pytest.mark.django_db
def test_a_visitor_is_sent_to_sign_in_and_back(standin):
    stranger = Client()
    response = stranger.get("/invitations/?state=sent")
    assert press(stranger, standin, response["Location"], "paula")["Location"] == "/invitations/?state=sent"


HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/invite/?task=WEB-12"}


@pytest.mark.django_db
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_form_sent_after_its_session_has_ended_is_restored(client, sign_in, standin, headers):
    sign_in(client)
    Session.objects.all().delete()
    response = client.post("/invite/", TYPED, headers=headers)
    address = response.headers.get("HX-Redirect") or response["Location"]
    returned = press(client, standin, address, "paula")
    content = client.get(returned["Location"]).content.decode()
    for value in ("carla@studio.example", "Carla", "Kröger"):
        assert f'value="{value}"' in content
    assert standin.count("POST", "assignuserbyemail") == 0


@pytest.mark.django_db
def test_a_policy_sent_after_its_session_has_ended_is_restored(client, sign_in, standin):
    sign_in(client, "ada")
    Session.objects.all().delete()
    domains = "\n".join(f"d{number}.example" for number in range(50))
    address = client.post("/policy/", {"denied_domains": domains, "own_domain_guests": "on"})["Location"]
    returned = press(client, standin, address, "ada")
    assert "d49.example</textarea>" in client.get(returned["Location"]).content.decode()


@pytest.mark.django_db
def test_another_user_does_not_see_the_form_of_an_ended_session(client, sign_in, standin):
    sign_in(client)
    Session.objects.all().delete()
    address = client.post("/invite/", TYPED)["Location"]
    press(client, standin, address, "mona")
    assert "carla@studio.example" not in client.get("/invite/").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("cookie", ["7", "7:forged", ""])
def test_a_form_of_nobody_is_not_kept(client, cookie):
    client.cookies["form_author"] = cookie
    client.post("/invite/", TYPED)
    assert not Session.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_an_invitation_whose_session_ends_while_it_is_sent_is_shown(
    client, sign_in, standin, settings, headers
):
    settings.AWORK_API_KEY = API_KEY  # Paula may not list roles
    with connection.execute_wrapper(EndSessions('UPDATE "invites_invitation"')):
        sign_in(client)
        session = client.session
        session["desk"] |= {"seen": 0}  # its use is saved with the response
        session.save()
        sent = client.post("/invite/", sendable(standin), headers=headers)
    invitation = Invitation.objects.get()
    assert (sent.status_code, sent["Location"]) == (302, f"/invite/{invitation.id}/")
    left = client.get(sent["Location"], headers=headers)
    address = left.headers.get("HX-Redirect") or left["Location"]
    assert press(client, standin, address, "paula")["Location"] == f"/invite/{invitation.id}/"
    assert 'data-state="sent"' in client.get(f"/invite/{invitation.id}/").content.decode()


class EndSessions:
    """Ends every session before the first statement that begins like this, as from another browser."""

    def __init__(self, statement):
        self.statement = statement

    def __call__(self, execute, sql, params, many, context):
        if self.statement and sql.startswith(self.statement):
            self.statement = ""
            Session.objects.all().delete()
        return execute(sql, params, many, context)


def sendable(standin):
    """A form that can be sent."""
    return TYPED | {"role": str(standin.world.role("guest").id), "keep_assignees": ["off", "on"]}
