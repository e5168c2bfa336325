"""People and wishes for the desk's tests; awork is the stand-in over real HTTP."""

from uuid import uuid4

import pytest

from invites.audit.models import Event
from invites.services import send as sending
from invites.services.send import Wish
from portal.actor import Actor
from portal.awork.tokens import client_for
from portal.models import User


def actor(user):
    return Actor(
        workspace=user.workspace_id,
        id=user.awork_id,
        name=user.name,
        email=user.email,
        address="192.0.2.7",
        agent="tests",
    )


def person(standin, handle):
    return User.objects.get(awork_id=standin.world.person(handle).id)


@pytest.fixture
def paula(standin, sign_in, client):
    """A project manager who may not list roles, signed in with `client`."""
    sign_in(client, "paula")
    return person(standin, "paula")


@pytest.fixture
def ada(standin, sign_in, client):
    """An administrator, signed in with `client`."""
    sign_in(client, "ada")
    return person(standin, "ada")


@pytest.fixture
def wish(standin, paula):
    """Makes wishes; by default Carla as a guest on WEB-12, where Ada and Paul are assigned."""
    awork = client_for(paula)

    def make(key="WEB-12", **fields):
        role = fields.pop("role", standin.world.role("guest"))
        said = {"email": "carla@creative.example", "first_name": "Carla", "last_name": "Creative"}
        return Wish(uuid4(), awork.task_by_key(key), role, **(said | fields))

    return make


@pytest.fixture
def send(paula, standin):
    """Writes a wish down and sends it, as the page does."""

    def go(wished):
        invitation, is_new = sending.request(wished, inviter=paula, by=actor(paula))
        standin.requests.clear()
        if is_new:
            sending.send(invitation, client_for(paula), by=actor(paula))
        invitation.refresh_from_db()
        return invitation

    return go


def types():
    """The types of all events about invitations, in order."""
    return list(Event.objects.exclude(type="signed-in").order_by("sequence").values_list("type", flat=True))
