from dataclasses import replace

import pytest

from invites.lookup import people
from invites.lookup.awork import AworkLookup
from portal.models import User
from portal.standin.environment import API_KEY

pytestmark = pytest.mark.django_db


def test_users_who_have_signed_in_are_members(paula):
    (found,) = people.members("PAULA@nordlicht.example", AworkLookup(paula))

    assert found.id == paula.awork_id


def test_without_an_api_key_only_users_who_can_list_users_ask_awork(paula, ada, standin):
    standin.requests.clear()
    assert people.members("paul@nordlicht.example", AworkLookup(paula)) == []
    assert standin.count("GET", "/users") == 0

    assert [one.first_name for one in people.members("paul@nordlicht.example", AworkLookup(ada))] == ["Paul"]


def test_the_api_key_finds_members_too(paula, standin, settings):
    settings.AWORK_API_KEY = API_KEY

    assert [one.first_name for one in people.members("paul@nordlicht.example", AworkLookup(paula))] == [
        "Paul"
    ]
    assert people.members("carla@creative.example", AworkLookup(paula)) == []


@pytest.mark.parametrize("stored", ["paul@bücher.example", "paul@xn--bcher-kva.example"])
def test_members_are_found_in_the_spelling_that_awork_stores(paula, standin, settings, stored):
    settings.AWORK_API_KEY = API_KEY
    paul = standin.world.person("paul")
    standin.world.people[paul.id] = replace(paul, email=stored)

    assert [one.id for one in people.members("Paul@bücher.example", AworkLookup(paula))] == [paul.id]


def test_a_revoked_api_key_is_no_error(paula, standin, settings):
    settings.AWORK_API_KEY = "revoked"

    assert people.members("paul@nordlicht.example", AworkLookup(paula)) == []


def test_members_of_another_workspace_are_not_found(paula, standin):
    other = type(paula.workspace).objects.create(id=standin.world.person("otto").workspace_id, name="Other")
    User.objects.create(
        awork_id=standin.world.person("otto").id, workspace=other, email="otto@suedwind.example"
    )

    assert people.members("otto@suedwind.example", AworkLookup(paula)) == []
