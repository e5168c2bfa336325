"""Many addresses are looked up with few calls, and as one by one."""

from dataclasses import replace
from uuid import UUID

import pytest

from invites.lookup import many, people, roles
from invites.lookup.awork import AworkLookup, Sight
from invites.lookup.people import AddressState
from portal.awork.tokens import client_for
from portal.email_addresses import key_of
from portal.standin.environment import API_KEY
from portal.standin.seed import USERS
from tests.invites.factories import invitation

pytestmark = pytest.mark.django_db
EVERYONE = [f"{handle}@nordlicht.example" for handle, *_ in USERS]


def find(user, *emails):
    return many.find_all({key_of(email) for email in emails}, AworkLookup(user))


@pytest.mark.parametrize("has_key", [False, True])
@pytest.mark.parametrize("who", ["ada", "mona", "paula"])
@pytest.mark.parametrize("narrows", [False, True])
def test_every_address_is_found_as_by_the_single_form(
    ada, standin, sign_in, client, settings, who, has_key, narrows
):
    settings.AWORK_API_KEY = API_KEY if has_key else None
    roles.workspace_roles(ada)
    standin.world.change(standin.world.person("paul"), invitation_accepted=False)
    standin.world.change(standin.world.person("jonas"), is_external=True)
    standin.world.change(standin.world.person("zoe"), is_archived=True)
    for handle in ("mona", "lea"):
        standin.world.change(standin.world.person(handle), team="Web")
    standin.world.narrows_to_teams = narrows
    gustav = standin.world.person("gustav")
    invitation(ada, email=gustav.email, guest_id=gustav.id, role_id=gustav.role_id)
    sign_in(client, who)
    user = type(ada).objects.get(awork_id=standin.world.person(who).id)
    task = client_for(user).task_by_key("CAF-8")

    directory = find(user, *EVERYONE, "new@agency.example")
    for email in [*EVERYONE, "new@agency.example"]:
        found = directory.address(key_of(email), task)
        alone = people.find(email, AworkLookup(user), task)
        assert replace(found, sight=Sight.ONESELF) == replace(alone, sight=Sight.ONESELF), email
    unknown = people.find("new@agency.example", AworkLookup(user), task)
    assert directory.address("new@agency.example", task).sight is unknown.sight is directory.sight


def test_everybody_is_read_once_for_all_addresses(ada, standin):
    roles.workspace_roles(ada)
    standin.requests.clear()
    find(ada, *EVERYONE)

    asked = [one.path.rpartition("/")[2] for one in standin.requests]
    assert sorted(asked) == ["projects", "users", "users"]  # everybody, the guests, and Gustav's projects


@pytest.mark.parametrize(
    ("fields", "is_guest"), [({}, True), ({"state": "unclear"}, None), ({"role_id": UUID(int=9)}, None)]
)
def test_where_nobody_may_see_roles_a_guest_is_who_was_sent_an_invitation_as_one(
    ada, paula, standin, fields, is_guest
):
    roles.workspace_roles(ada)
    gustav = standin.world.person("gustav")
    invitation(paula, email=gustav.email, guest_id=gustav.id, **({"role_id": gustav.role_id} | fields))

    assert find(paula, gustav.email).address(gustav.email, None).is_guest is is_guest


@pytest.mark.parametrize("stored", ["paul@bücher.example", "PAUL@xn--bcher-kva.example"])
def test_members_are_found_in_the_spelling_that_awork_stores(ada, standin, stored):
    standin.world.change(standin.world.person("paul"), email=stored)

    assert find(ada, "Paul@bücher.example").address("paul@bücher.example", None).user.first_name == "Paul"


def test_each_address_of_a_user_is_theirs(ada, standin, monkeypatch):
    lookup = AworkLookup(ada)
    paul = replace(client_for(ada).user(standin.world.person("paul").id), other_emails=("P@other.example",))
    monkeypatch.setattr(lookup, "all_users", lambda: ([paul], Sight.EVERYBODY))

    assert many.find_all({"p@other.example"}, lookup).users == {"p@other.example": paul}


def test_awork_is_asked_about_a_few_known_people_only(paula, standin, monkeypatch):
    monkeypatch.setattr(many, "MAX_ASKED", 2)
    for handle in ("ada", "mona", "paul"):
        person = standin.world.person(handle)
        invitation(paula, email=person.email, guest_id=person.id)
    standin.requests.clear()

    assert len(find(paula, *EVERYONE).users) == 2
    assert len(standin.requests) == 2


def test_a_guest_whose_projects_are_not_asked_for_is_not_said_to_be_in_none(ada, standin, monkeypatch):
    monkeypatch.setattr(many, "MAX_ASKED", 0)
    roles.workspace_roles(ada)

    found = find(ada, "gustav@nordlicht.example").address("gustav@nordlicht.example", None)
    assert (found.state, found.is_guest) == (AddressState.MEMBER, None)


@pytest.mark.parametrize("change", [{"email": "other@nordlicht.example"}, None])
def test_what_is_known_here_counts_only_as_far_as_awork_confirms_it(paula, standin, change):
    paul = standin.world.person("paul")
    invitation(paula, email=paul.email, guest_id=paul.id)
    if change:
        standin.world.change(paul, **change)
    else:
        del standin.world.people[paul.id]

    assert find(paula, paul.email).users == {}


def test_a_revoked_api_key_is_no_error(paula, settings):
    settings.AWORK_API_KEY = "revoked"

    assert find(paula, "paul@nordlicht.example") == many.Directory()


def test_erased_guests_are_not_found_by_the_empty_address(paula, standin):
    invitation(paula, email="", guest_id=standin.world.person("paul").id)

    assert find(paula, "new@agency.example").users == {}
