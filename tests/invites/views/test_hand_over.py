"""`/guests/hand-over/` and `/guests/<id>/sponsor/`: other sponsors for guests."""

import pytest

from invites.audit.models import Event, Person
from invites.audit.presenters import present
from invites.guests import sponsors
from tests.invites.factories import guest, invitation, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def mona(client):
    user = person("Mona Miller", role="lead")
    client.force_login(user)
    return user


@pytest.fixture
def carla(paula):
    return guest(paula)


@pytest.fixture
def paula():
    return person()


@pytest.fixture
def ben(paula):
    sent = invitation(paula, email="ben@creative.example", first_name="Ben", last_name="Berg")
    return guest(paula, of=sent, state="joined")


def sponsor_of(one):
    one.refresh_from_db()
    return one.sponsor


def test_a_lead_gives_a_guest_to_another_member(client, mona, carla):
    mara = person("Mara Manager")
    page = client.get(f"/guests/{carla.id}/sponsor/").content.decode()
    assert "The sponsor of Carla Creative is Paula Planer." in page
    response = client.post(f"/guests/{carla.id}/sponsor/", {"sponsor": mara.pk, "shown": 1}, follow=True)
    assert "1 guest handed over to Mara Manager." in response.content.decode()
    assert sponsor_of(carla) == mara
    event = Event.objects.get(type="guest-handed-over")
    assert present([event])[0].sentence == "Mona Miller made Mara Manager the sponsor of Carla Creative."
    assert {one.kind for one in Person.objects.filter(event=event.id)} == {"guest", "member"}


def test_all_guests_of_a_filter_are_handed_over_with_an_event_each(client, mona, carla, ben, paula):
    other = guest(mona, of=invitation(mona, email="cleo@creative.example"))
    url = f"/guests/hand-over/?sponsor={paula.pk}"
    page = client.get(url).content.decode()
    assert "2 guests get another sponsor." in " ".join(page.split())
    assert "Sponsor: Paula Planer" in page
    response = client.post(url, {"sponsor": mona.pk, "shown": 2})
    assert (response.status_code, response["Location"]) == (302, f"/guests/?sponsor={paula.pk}")
    assert {sponsor_of(one) for one in (carla, ben, other)} == {mona}
    assert Event.objects.filter(type="guest-handed-over").count() == 2


def test_what_the_page_did_not_show_is_not_handed_over(client, mona, carla, ben, paula):
    response = client.post("/guests/hand-over/", {"sponsor": mona.pk, "shown": 1})
    page = response.content.decode()
    assert response.status_code == 422
    assert "The list has changed since." in page
    assert 'name="shown" value="2"' in page
    assert sponsor_of(carla) == paula
    assert client.post("/guests/hand-over/", {"sponsor": mona.pk, "shown": 2}).status_code == 302


@pytest.mark.parametrize("sponsor", ["", "0", "x", str(10**30), "0af7651c-d4f0-4f0e-9d8b-2f4a5b6c7d8e"])
def test_a_sponsor_that_is_none_is_refused(client, mona, carla, sponsor, paula):
    response = client.post(f"/guests/{carla.id}/sponsor/", {"sponsor": sponsor, "shown": 1})
    assert response.status_code == 422
    assert sponsor_of(carla) == paula


def test_auditors_and_members_of_other_workspaces_cannot_be_sponsors(client, mona, carla, paula):
    for user in (person("Aud Auditor", role="auditor"), person("Otto Other", workspace="Other")):
        response = client.post(f"/guests/{carla.id}/sponsor/", {"sponsor": user.pk, "shown": 1})
        assert response.status_code == 422
    assert sponsor_of(carla) == paula


def test_the_same_sponsor_again_is_no_event(client, mona, carla, paula):
    client.post(f"/guests/{carla.id}/sponsor/", {"sponsor": paula.pk, "shown": 1})
    assert not Event.objects.filter(type="guest-handed-over").exists()


def test_a_guest_without_a_sponsor_gets_one(client, mona, paula):
    alone = guest(paula, sponsor=None)
    assert (
        "The sponsor of Carla Creative is nobody."
        in client.get(f"/guests/{alone.id}/sponsor/").content.decode()
    )
    client.post("/guests/hand-over/?sponsor=none", {"sponsor": mona.pk, "shown": 1})
    assert sponsor_of(alone) == mona


def test_too_many_at_once_are_refused(client, mona, carla, ben, monkeypatch, paula):
    monkeypatch.setattr(sponsors, "MOST", 1)
    response = client.post("/guests/hand-over/", {"sponsor": mona.pk, "shown": 2})
    assert "At most 1 guests can be handed over at once." in response.content.decode()
    assert sponsor_of(carla) == paula


def test_an_invalid_filter_hands_nobody_over(client, mona, carla, paula):
    response = client.post("/guests/hand-over/?state=lost", {"sponsor": mona.pk, "shown": 1})
    assert (response.status_code, response["Location"]) == (302, "/guests/?state=lost")
    assert sponsor_of(carla) == paula


def test_managers_see_no_way_to_hand_over(client, carla, paula):
    client.force_login(paula)
    assert "Hand over" not in client.get("/guests/").content.decode()


def test_the_filters_are_named_the_state_too(client, mona, carla, ben):
    page = client.get("/guests/hand-over/?state=joined&q=berg").content.decode()
    assert "State: Joined" in page
    assert "Search: berg" in page
    assert "1 guest gets another sponsor." in page


def test_where_no_guest_matches_there_is_nothing_to_hand_over(client, mona, carla):
    page = client.get("/guests/hand-over/?state=gone").content.decode()
    assert "No guest matches these filters." in page
    assert "<button>Hand over" not in page
    response = client.post("/guests/hand-over/?state=gone", {"sponsor": mona.pk, "shown": 0})
    assert response.status_code == 422
