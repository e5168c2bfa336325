"""How many addresses somebody may look up: the form stays, and nothing unchecked is sent."""

from dataclasses import replace

import pytest

from invites.audit.models import Event
from invites.models import Invitation
from portal.web import rate_limits
from tests.invites.views.pages import text

pytestmark = pytest.mark.django_db
INVITE = ("POST", "/tasks/assignuserbyemail")
LOOK_UPS = (("GET", "/users/autofill"), ("GET", "/users"))


@pytest.fixture
def one_look_up(monkeypatch):
    """A person may look up one address, and has done so."""
    monkeypatch.setattr(rate_limits, "ADDRESS_LOOKUP", replace(rate_limits.ADDRESS_LOOKUP, per_user=1))


def look_up(client, email):
    return client.get("/invite/", {"task": "WEB-12", "email": email})


def test_more_look_ups_are_refused_with_everything_typed(client, paula, fields, standin, one_look_up):
    look_up(client, "first@creative.example")
    standin.requests.clear()
    response = client.post("/invite/", fields(first_name="Carlotta", keep_assignees="off"))

    assert response.status_code == 422
    assert "Too many addresses were checked in a short time. Nothing was sent." in text(response)
    for kept in ("carla@creative.example", "Carlotta", "WEB-12"):
        assert kept in text(response)
    assert 'name="keep_assignees" type="checkbox" value="on" checked' not in text(response)
    assert standin.count(*INVITE) == 0
    assert [standin.count(*one) for one in LOOK_UPS] == [0, 0]
    assert not Invitation.objects.exists()


def test_the_form_is_sent_once_the_window_is_over(client, paula, fields, standin, one_look_up, monkeypatch):
    look_up(client, "first@creative.example")
    form = fields()
    assert client.post("/invite/", form).status_code == 422
    monkeypatch.setattr(rate_limits, "ADDRESS_LOOKUP", replace(rate_limits.ADDRESS_LOOKUP, per_user=2))
    assert client.post("/invite/", form).status_code == 302
    assert Invitation.objects.get().state == "sent"


def test_the_panel_says_so_while_somebody_types(client, paula, one_look_up):
    look_up(client, "first@creative.example")
    headers = {"HX-Request": "true", "HX-Target": "panel"}
    response = client.get("/invite/", {"task": "WEB-12", "email": "second@creative.example"}, headers=headers)
    assert response.status_code == 200
    assert "Too many addresses were checked" in text(response)


def test_a_refusal_is_recorded_once(client, paula, one_look_up):
    for name in ("first", "second", "third", "fourth"):
        look_up(client, f"{name}@creative.example")
    (event,) = Event.objects.filter(type="attempt-refused")
    assert (event.actor_id, event.ip_address) == (paula.awork_id, "127.0.0.1")
    assert event.details == {"rule": "limit", "limit": "look-up"}


def test_what_is_known_already_costs_nothing(client, paula, one_look_up):
    for _ in range(3):
        assert "Too many addresses" not in text(look_up(client, "first@creative.example"))


def test_who_may_see_members_pays_once_an_address(client, ada, standin, one_look_up):
    assert "Too many addresses" not in text(look_up(client, "first@creative.example"))
    assert standin.count(*LOOK_UPS[0]) == 1


def test_all_at_one_address_share_its_limit(client, paula, sign_in, monkeypatch):
    monkeypatch.setattr(rate_limits, "ADDRESS_LOOKUP", replace(rate_limits.ADDRESS_LOOKUP, per_ip=1))
    look_up(client, "first@creative.example")
    sign_in(client, "mona")
    assert "Too many addresses" in text(look_up(client, "second@creative.example"))


def test_trying_again_is_refused_too(client, paula, fields, standin, one_look_up):
    standin.world.seats = 0
    client.post("/invite/", fields(email="first@creative.example"))
    invitation = Invitation.objects.get()
    assert invitation.state == "refused"
    standin.world.seats = 50
    Invitation.objects.update(email="second@creative.example", email_key="second@creative.example")
    response = client.post(f"/invitations/{invitation.id}/retry/")
    assert response.status_code == 422
    assert "Too many addresses" in text(response)
    assert standin.count(*INVITE) == 1
