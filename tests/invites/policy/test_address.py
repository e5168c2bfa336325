"""Each state of an address has its sentence, for those who see everybody, their teams, or only themselves."""

from html import unescape
from uuid import uuid4

import pytest
from django.core.cache import cache

from invites.lookup.awork import Sight
from invites.lookup.people import Address, AddressState
from invites.models import Invitation
from invites.policy.address import GUEST_SOMEWHERE, MEMBER_OR_GUEST, NO_ROOM, ON_TASK, address_denial
from portal.awork.schemas import AworkUser
from tests.invites.views.pages import text

GUSTAV = "gustav@nordlicht.example"
# The task, the e-mail, what is changed about Gustav (a guest of the project CAF), and the sentence.
STATES = {
    "unknown": ("CAF-8", "new@creative.example", {}, "This address is new to the workspace."),
    "pending": ("WEB-13", GUSTAV, {"invitation_accepted": False}, "was already invited to the workspace"),
    "member": ("CAF-8", GUSTAV, {"role": "member"}, "This address belongs to a member of the workspace."),
    "guest elsewhere": (
        "WEB-13",
        GUSTAV,
        {},
        "This guest is already in the project O'Connor's Café <Re-Branding>, and a guest can be in one",
    ),
    "guest here": ("CAF-8", GUSTAV, {}, "Assign this guest to CAF-8"),
    "deactivated": ("CAF-8", GUSTAV, {"is_deactivated": True}, "An administrator can activate it in awork."),
    "archived": ("CAF-8", GUSTAV, {"is_archived": True}, "An administrator can restore them in awork."),
    "external": ("CAF-8", GUSTAV, {"is_external": True}, "works with you through awork Connect."),
    "agent": ("CAF-8", GUSTAV, {"role": "agent"}, "This address belongs to an agent"),
}
TEAMS = "Nobody in your teams has this address; we can't see other users."
ONESELF = "We can't see whether someone in the workspace has this address."


@pytest.fixture
def read(client, standin, sign_in):
    """The panel as this person sees it for a state; awork's feature is set before the sign-in."""

    def panel(state):
        key, email, changes, _ = STATES[state]
        fields = {name: value for name, value in changes.items() if name != "role"}
        if "role" in changes:
            fields["role_id"] = standin.world.role(changes["role"]).id
        before = standin.world.person("gustav")
        standin.world.change(before, **fields)
        cache.clear()
        headers = {"HX-Request": "true", "HX-Target": "panel"}
        shown = unescape(text(client.get("/invite/", {"task": key, "email": email}, headers=headers)))
        standin.world.people[before.id] = before
        return shown

    def entered(who, *, team="", narrows=False):
        standin.world.narrows_to_teams = narrows
        standin.world.change(standin.world.person("mona"), team="Design")
        standin.world.change(standin.world.person("gustav"), team=team)
        sign_in(client, "mona")
        client.get("/invite/")  # so that the desk knows the roles
        sign_in(client, who)
        return panel

    return entered


def said(shown):
    """Which of all sentences a panel has, and its verdict."""
    sentences = [*(one[3] for one in STATES.values()), TEAMS, ONESELF]
    return [one for one in sentences if one in shown], 'data-verdict="denied"' in shown


@pytest.mark.django_db
def test_who_sees_everybody_is_told_the_state(read):
    panel = read("mona")
    found = {state: said(panel(state)) for state in STATES}

    assert found == {state: ([one[3]], state != "unknown") for state, one in STATES.items()}


@pytest.mark.django_db
def test_who_sees_their_teams_is_told_the_state_of_those_in_them(read):
    panel = read("mona", team="Design", narrows=True)
    found = {state: said(panel(state)) for state in STATES}

    expected = {state: ([one[3]], True) for state, one in STATES.items()}
    assert found == expected | {"unknown": ([TEAMS], False)}


@pytest.mark.django_db
def test_who_sees_their_teams_learns_nothing_about_others(read):
    panel = read("mona", team="Other", narrows=True)

    assert {state: said(panel(state)) for state in STATES} == dict.fromkeys(STATES, ([TEAMS], False))


@pytest.mark.django_db
def test_who_sees_only_themselves_is_told_so(read):
    panel = read("paula")

    assert {state: said(panel(state)) for state in STATES} == dict.fromkeys(STATES, ([ONESELF], False))


GUEST = AworkUser(uuid4(), "Gustav", "Gast", GUSTAV)


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        (Address(AddressState.GUEST_ELSEWHERE, is_guest=True), GUEST_SOMEWHERE),
        (Address(AddressState.MEMBER, is_guest=None), MEMBER_OR_GUEST),
        (Address(AddressState.GUEST_HERE, is_on_task=True), ON_TASK),
        (Address(AddressState.GUEST_HERE), NO_ROOM),
    ],
)
def test_what_is_special_has_a_sentence_too(address, sentence):
    denial = address_denial(address, Invitation(task_id=uuid4(), task_key="WEB-1"))

    assert denial.text == sentence
    assert not denial.is_action


@pytest.mark.parametrize("state", [AddressState.GUEST_HERE, AddressState.PENDING])
def test_a_guest_of_the_project_can_be_assigned_also_before_they_have_joined(state):
    address = Address(state, Sight.EVERYBODY, GUEST, is_guest=True, can_be_assigned=True)
    denial = address_denial(address, Invitation(task_id=uuid4(), task_key="WEB-1", email=GUSTAV))

    assert denial.is_action
    assert denial.link_text == "Assign this guest to WEB-1"


def test_an_address_that_nobody_has_may_be_invited():
    assert address_denial(Address(), Invitation()) is None
