"""How the demo's people sign in."""

import pytest

from invites.audit.models import Event
from invites.demo.people import People
from invites.demo.standin import Standin
from portal.standin.environment import API_KEY

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(standin, settings):
    settings.AWORK_API_KEY = API_KEY
    return People(Standin())


def test_somebody_who_acts_signs_in_once(people):
    assert people.acting("paula").name == "Paula Petersen"
    assert people.acting("paula") is people.users["paula"]
    assert list(Event.objects.values_list("type", "actor_name")) == [("signed-in", "Paula Petersen")]


def test_a_guest_may_not_sign_in(people):
    people.sign_in("gustav")
    assert people.users == {}
    assert list(Event.objects.values_list("type", flat=True)) == ["sign-in-refused"]
