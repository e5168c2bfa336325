import pytest

from invites.audit.models import Event
from invites.models import Invitation, State
from portal.models import PendingRole

pytestmark = pytest.mark.django_db
FIELDS = {"email": "Carla@creative.example", "again": "carla@creative.example", "reason": "asked by her"}
CONFIRMED = FIELDS | {"previewed": "carla@creative.example"}


@pytest.fixture
def sent(new_invitation, send):
    return send(new_invitation())


def test_an_administrator_erases_and_sees_the_event_of_it(sent, ada, client):
    assert client.get("/guests/erase/").status_code == 200

    response = client.post("/guests/erase/", CONFIRMED, follow=True)

    event = Event.objects.get(type="erased")
    assert response.redirect_chain == [(f"/audit/{event.sequence}/", 302)]
    assert event.details["pseudonym"] in response.text
    assert event.actor_name == ada.name
    assert "The guest&#x27;s data were erased from 1 invitation and 3 events." in response.text
    assert Invitation.objects.get().is_erased


def test_what_is_known_is_shown_before_anything_is_erased(sent, ada, client):
    PendingRole.objects.create(workspace=ada.workspace, email="carla@creative.example", role="lead")
    page = client.post("/guests/erase/", FIELDS)

    assert page.status_code == 200
    for line in ("1 invitation", "3 events", "1 pending role"):
        assert f"<li>{line}</li>" in page.text
    assert 'name="previewed" value="carla@creative.example"' in page.text
    assert not Event.objects.filter(type="erased").exists()


def test_another_address_than_the_previewed_one_is_previewed_first(sent, ada, client):
    other = CONFIRMED | {"previewed": "berta@creative.example"}
    assert "This will be erased" in client.post("/guests/erase/", other).text
    assert not Invitation.objects.get().is_erased


def test_nobody_else_may(sent, paula, client):
    assert client.get("/guests/erase/").status_code == 403
    assert client.post("/guests/erase/", CONFIRMED).status_code == 403
    assert not Invitation.objects.get().is_erased


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"again": "carl@creative.example"}, "The two addresses differ."),
        ({"again": ""}, "This field is required."),
        ({"reason": ""}, "This field is required."),
        ({"email": "nonsense"}, "Enter a valid email address."),
        ({"email": "x@y.example", "again": "x@y.example"}, "Nothing is known about this address."),
    ],
)
def test_what_is_not_clear_erases_nothing(sent, ada, client, change, said):
    response = client.post("/guests/erase/", CONFIRMED | change)
    assert response.status_code == 422
    assert said in response.text
    assert not Event.objects.filter(type="erased").exists()


def test_an_invitation_on_its_way_is_waited_for(sent, ada, client):
    Invitation.objects.update(state=State.REQUESTED)
    assert "being invited" in client.post("/guests/erase/", CONFIRMED).text
