from dataclasses import replace

import pytest

from invites.lookup import people
from invites.lookup.awork import AworkLookup, Sight
from invites.lookup.people import AddressState
from portal.awork.tokens import client_for
from portal.models import User
from portal.standin.environment import API_KEY
from tests.invites.factories import invitation

pytestmark = pytest.mark.django_db
PAUL = "paul@nordlicht.example"


def find(user, email, task=None):
    return people.find(email, AworkLookup(user), task)


def test_users_who_have_signed_in_are_known_to_everyone_and_asked_about(paula, standin):
    found = find(paula, "PAULA@nordlicht.example")

    assert (found.state, found.user.id) == (AddressState.MEMBER, paula.awork_id)
    assert standin.count("GET", f"/users/{paula.awork_id}") == 1


def test_a_guest_invited_from_here_is_known_to_everyone(paula, standin):
    gustav = standin.world.person("gustav")
    invitation(paula, email=gustav.email, guest_id=gustav.id)

    assert find(paula, gustav.email).user.id == gustav.id


@pytest.mark.parametrize("change", [{"email": "other@nordlicht.example"}, None])
def test_what_is_known_here_counts_only_as_far_as_awork_confirms_it(paula, standin, change):
    paul = standin.world.person("paul")
    invitation(paula, email=PAUL, guest_id=paul.id)
    if change:
        standin.world.change(paul, **change)
    else:
        del standin.world.people[paul.id]

    assert find(paula, PAUL).state is AddressState.UNKNOWN


def test_without_an_api_key_only_users_who_can_list_users_ask_awork(paula, ada, standin):
    standin.requests.clear()
    assert find(paula, PAUL).sight is Sight.ONESELF
    assert standin.count("GET", "/users") == 0

    assert find(ada, PAUL).user.first_name == "Paul"


def test_the_api_key_finds_members_too(paula, standin, settings):
    settings.AWORK_API_KEY = API_KEY

    assert find(paula, PAUL).user.first_name == "Paul"
    unknown = find(paula, "carla@creative.example")
    assert (unknown.state, unknown.sight) == (AddressState.UNKNOWN, Sight.EVERYBODY)


@pytest.mark.parametrize("stored", ["paul@bücher.example", "paul@xn--bcher-kva.example"])
def test_members_are_found_in_the_spelling_that_awork_stores(paula, standin, settings, stored):
    settings.AWORK_API_KEY = API_KEY
    paul = standin.world.person("paul")
    standin.world.people[paul.id] = replace(paul, email=stored)

    assert find(paula, "Paul@bücher.example").user.id == paul.id


def test_a_revoked_api_key_is_no_error(paula, standin, settings):
    settings.AWORK_API_KEY = "revoked"

    assert find(paula, PAUL) == people.Address()


def test_members_of_another_workspace_are_not_found(paula, standin):
    other = type(paula.workspace).objects.create(id=standin.world.person("otto").workspace_id, name="Other")
    User.objects.create(
        awork_id=standin.world.person("otto").id, workspace=other, email="otto@suedwind.example"
    )

    assert find(paula, "otto@suedwind.example").state is AddressState.UNKNOWN


@pytest.fixture
def task(paula):
    """Reads a task as Paula."""
    return client_for(paula).task_by_key


@pytest.mark.parametrize(
    ("key", "several", "state", "assignable"),
    [
        ("WEB-12", True, AddressState.GUEST_ELSEWHERE, False),
        ("CAF-7", True, AddressState.GUEST_HERE, False),  # on it already
        ("CAF-8", True, AddressState.GUEST_HERE, True),
        ("CAF-8", None, AddressState.GUEST_HERE, True),
        ("CAF-8", False, AddressState.GUEST_HERE, False),  # no room
    ],
)
def test_a_guest_can_be_assigned_in_their_project(ada, task, key, several, state, assignable):
    from invites.lookup import roles

    roles.workspace_roles(ada)
    found = find(ada, "gustav@nordlicht.example", replace(task(key), allows_several_assignees=several))

    assert (found.state, found.can_be_assigned, found.is_on_task) == (state, assignable, key == "CAF-7")
    assert found.project.key == "CAF"


def test_whether_a_user_is_a_guest_stays_unknown_where_nobody_may_see_roles(paula, standin):
    paul = standin.world.person("paul")
    invitation(paula, email=PAUL, guest_id=paul.id)

    found = find(paula, PAUL)
    assert (found.state, found.is_guest) == (AddressState.MEMBER, None)
