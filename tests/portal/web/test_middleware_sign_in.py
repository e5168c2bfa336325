"""SignInExpiredRedirect: to sign-in and back, without losing the form."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from invites.audit.models import Event
from portal.models import AworkToken, User
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
