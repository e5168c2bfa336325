from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from invites.lookup.people import Address, AddressState
from invites.models import Invitation
from invites.policy import decision
from invites.policy.decision import TASK_DONE
from invites.policy.describe import DENIALS
from invites.policy.rules import NamedRef, Rule, Rules
from portal.awork.schemas import Role, Task
from portal.roles import DeskRole
from tests.invites import factories
from tests.invites.factories import invitation
from tests.invites.factories import new_invitation as unsaved_invitation

pytestmark = pytest.mark.django_db
MEMBER = Address(AddressState.MEMBER, is_guest=False)
GUEST = Role(uuid4(), "Guest", is_guest=True)
TASK = Task(uuid4(), "WEB-1", "Write copy")


@pytest.fixture
def entered(paula):
    """Makes unsaved invitations; by default nothing speaks against them."""

    def make(task=TASK, **fields):
        return unsaved_invitation(paula, task, GUEST, **fields)

    return make


@pytest.fixture
def nothing(paula):
    """A form before anything is entered."""
    return Invitation(inviter=paula)


def denials(invitation, *, rules=None, **facts):
    """The role is the guest role, as far as the rules let it be assigned."""
    rules = rules or Rules()
    role = next(iter(decision.assignable_roles([GUEST], invitation.inviter, rules)), None)
    return [*decision.denials(invitation, **({"role": role, "rules": rules} | facts))]


def denied(invitation, **facts):
    return [denial.rule for denial in denials(invitation, **facts)]


def test_roles_stand_in_the_order_of_their_names_after_the_guest_role(paula):
    named = [replace(GUEST, id=uuid4(), name=name, is_guest=False) for name in ("team", "Lead", "agency")]
    paula.role = "administrator"
    offered = decision.assignable_roles([*named, GUEST], paula, Rules())

    assert [role.name for role in offered] == [GUEST.name, "agency", "Lead", "team"]


def test_a_good_invitation_is_refused_by_no_rule(entered):
    assert denied(entered()) == []


def test_what_is_not_entered_yet_is_not_refused(nothing):
    assert denied(nothing, role=None) == []


def test_a_private_task_is_refused(entered):
    assert denied(entered(), is_private=True) == [Rule.PRIVATE_TASK]


@pytest.mark.parametrize("role", [{"role_id": UUID(int=9)}, {"role_id": None, "role_name": "Administrator"}])
def test_a_role_not_offered_is_refused(entered, role):
    assert denied(entered(**role), role=None) == [Rule.ROLE]


def test_a_member_is_refused_with_a_link_into_awork(entered):
    (refusal,) = denials(entered(), address=MEMBER)

    assert refusal.rule == Rule.MEMBER
    assert refusal.link == f"https://app.awork.com/tasks/{TASK.id}"


def test_several_rules_all_speak(entered):
    several = denied(
        entered(role_id=uuid4()), role=None, is_private=True, address=Address(AddressState.MEMBER)
    )

    assert several == [Rule.PRIVATE_TASK, Rule.ROLE, Rule.MEMBER]


PROJECT = uuid4()
SAID = {
    Rule.PROJECT: ("task", "This project is closed to invitations."),
    Rule.ROLE: ("role", "assign the role “Guest”. Pick one below."),
    Rule.DOMAIN: ("email", "Addresses of this domain cannot be invited."),
    Rule.OWN_DOMAIN: ("email", "an address of your own company"),
    Rule.QUOTA: ("form", "You've reached the limit of 1 invitation per hour."),
}


@pytest.mark.parametrize(
    ("rule", "rules"),
    [
        (Rule.PROJECT, Rules(closed_projects=(NamedRef(PROJECT, "Website"),))),
        (Rule.ROLE, Rules(roles=())),
        (Rule.DOMAIN, Rules(denied_domains=("creative.example",))),
        (Rule.OWN_DOMAIN, Rules(own_domains=("creative.example",), own_domain_guests=False)),
        (Rule.QUOTA, Rules(per_hour=1)),
    ],
)
def test_each_rule_of_the_policy_refuses_beside_its_field(entered, paula, rule, rules):
    invitation(paula, task_id=uuid4(), attempted_at=timezone.now())

    (refusal,) = denials(entered(replace(TASK, project_id=PROJECT)), rules=rules)
    assert (refusal.rule, refusal.field) == (rule, SAID[rule][0])
    assert SAID[rule][1] in str(refusal.text)


def test_a_limit_is_said_before_anything_is_entered(nothing, paula):
    for _ in range(2):
        invitation(paula, task_id=uuid4(), attempted_at=timezone.now())

    (refusal,) = denials(nothing, role=None, rules=Rules(per_day=2))
    assert str(refusal.text).startswith("You've reached the limit of 2 invitations in 24 hours")


@pytest.mark.parametrize(
    ("state", "refused"),
    [("requested", True), ("sent", True), ("unclear", True), ("refused", False), ("not_sent", False)],
)
def test_an_address_holds_its_task_unless_nothing_came_of_it(entered, new_invitation, send, state, refused):
    unsaved = new_invitation()
    send(unsaved)
    Invitation.objects.update(state=state)

    same = entered(unsaved.task, email=unsaved.email)
    assert (denied(same) == [Rule.DUPLICATE]) is refused


def test_somebody_elses_invitation_is_said_but_not_linked(
    entered, paula, new_invitation, send, sign_in, client, standin
):
    unsaved = new_invitation()
    send(unsaved)
    sign_in(client, "mona")
    mona = type(paula).objects.get(awork_id=standin.world.person("mona").id)

    (refusal,) = denials(entered(unsaved.task, email=unsaved.email, inviter=mona))
    assert (refusal.rule, refusal.link) == (Rule.DUPLICATE, "")


@pytest.mark.parametrize("role", [DeskRole.LEAD, DeskRole.ADMINISTRATOR])
def test_who_sees_all_invitations_gets_the_link_to_somebody_elses(entered, new_invitation, send, role):
    earlier = send(new_invitation())
    lea = factories.person("Lea Lead", role=role, workspace=earlier.workspace.name)

    (refusal,) = denials(entered(earlier.task, email=earlier.email, inviter=lea))
    assert (refusal.rule, refusal.link) == (Rule.DUPLICATE, earlier.get_absolute_url())
    assert str(refusal.link_text) == "See the invitation"


@pytest.mark.parametrize(
    ("task", "why"),
    [
        (Task(uuid4(), "", "Mine", is_private=True), DENIALS[Rule.PRIVATE_TASK].text),
        (Task(uuid4(), "WEB-1", "Old", status_type="done"), TASK_DONE),
        (Task(uuid4(), "WEB-1", "Shut", project_id=PROJECT, status_type="done"), DENIALS[Rule.PROJECT].text),
        (Task(uuid4(), "WEB-2", "Open", project_id=UUID(int=8)), ""),
        (Task(uuid4(), "WEB-2", "New", status_type="progress"), ""),
    ],
)
def test_a_poor_choice_says_why(task, why):
    rules = Rules(closed_projects=(NamedRef(PROJECT, "Website"),))
    assert decision.task_warning(task, rules) == why


@pytest.mark.parametrize(
    ("rules", "wanted", "allowed"),
    [
        (Rules(), 9, 9),
        (Rules(per_hour=5), 3, 3),
        (Rules(per_hour=5), 4, 3),
        (Rules(per_hour=5, per_day=4), 4, 2),
        (Rules(per_hour=2, per_day=4), 4, 0),
        (Rules(per_hour=1), 4, 0),
    ],
)
def test_how_many_of_a_list_the_limits_leave(paula, rules, wanted, allowed):
    for _ in range(2):
        invitation(paula, task_id=uuid4(), attempted_at=timezone.now())

    number, denial = decision.quota_for(paula, rules, wanted)
    assert (number, bool(denial)) == (allowed, allowed < wanted)
