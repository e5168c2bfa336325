from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from invites.audit.catalogue import Rule
from invites.models import Invitation
from invites.policy import decision
from invites.policy.decision import Facts
from invites.policy.rules import NamedRef, Policy, Rules
from portal.awork.schemas import AworkUser, Role, Task
from tests.invites.factories import invitation

pytestmark = pytest.mark.django_db
GUEST = Role(uuid4(), "Guest", is_guest=True)
TASK = Task(uuid4(), "WEB-1", "Write copy")
CARLA = AworkUser(uuid4(), "Carla", "Creative", "carla@creative.example")


@pytest.fixture
def facts(paula):
    return Facts(paula, TASK, str(GUEST.id), [GUEST], CARLA.email, [])


def rules(facts):
    return [refusal.rule for refusal in decision.denials(facts)]


def test_a_good_invitation_is_refused_by_no_rule(facts):
    assert rules(facts) == []


def test_what_is_not_entered_yet_is_not_refused(facts):
    assert rules(replace(facts, task=None, role="", email="")) == []


def test_a_private_task_is_refused(facts):
    assert rules(replace(facts, task=replace(TASK, is_private=True))) == [Rule.POLICY]


@pytest.mark.parametrize("role", [str(UUID(int=9)), "Administrator"])
def test_a_role_not_offered_is_refused(facts, role):
    assert rules(replace(facts, role=role)) == [Rule.ROLE]


def test_a_member_is_refused_with_a_link_into_awork(facts):
    (refusal,) = decision.denials(replace(facts, members=[CARLA]))

    assert refusal.rule == Rule.MEMBER
    assert refusal.link == f"https://app.awork.com/tasks/{TASK.id}"


def test_several_rules_all_speak(facts):
    several = replace(facts, role=str(uuid4()), members=[CARLA], task=replace(TASK, is_private=True))

    assert rules(several) == [Rule.POLICY, Rule.ROLE, Rule.MEMBER]


PROJECT = uuid4()
SAID = {
    Rule.PROJECT: ("task", "This project is closed to invitations."),
    Rule.ROLE: ("role", "This role cannot be given here."),
    Rule.DOMAIN: ("email", "Addresses of this domain may not be invited."),
    Rule.OWN_DOMAIN: ("email", "an address of your own company"),
    Rule.QUOTA: ("email", "One person may send 1 invitation in an hour, and you have."),
}


@pytest.mark.parametrize(
    ("rule", "rules"),
    [
        (Rule.PROJECT, Rules(closed=(NamedRef(PROJECT, "Website"),))),
        (Rule.ROLE, Rules(roles=())),
        (Rule.DOMAIN, Rules(denied=("creative.example",))),
        (Rule.OWN_DOMAIN, Rules(own=("creative.example",), own_domain_guests=False)),
        (Rule.QUOTA, Rules(per_hour=1)),
    ],
)
def test_each_rule_of_the_policy_refuses_beside_its_field(facts, rule, rules):
    invitation(facts.user, task_id=uuid4(), attempted_at=timezone.now())
    judged = replace(facts, task=replace(TASK, project_id=PROJECT), policy=Policy(1, rules))

    (refusal,) = decision.denials(judged)
    assert (refusal.rule, refusal.field) == (rule, SAID[rule][0])
    assert SAID[rule][1] in str(refusal.text)


def test_a_limit_is_said_before_anything_is_entered(facts):
    for _ in range(2):
        invitation(facts.user, task_id=uuid4(), attempted_at=timezone.now())
    nothing = replace(facts, task=None, role="", email="", policy=Policy(1, Rules(per_day=2)))

    (refusal,) = decision.denials(nothing)
    assert str(refusal.text).startswith("One person may send 2 invitations in 24 hours")


@pytest.mark.parametrize(
    ("state", "refused"),
    [("requested", True), ("sent", True), ("unclear", True), ("refused", False), ("not_sent", False)],
)
def test_an_address_holds_its_task_unless_nothing_came_of_it(facts, wish, send, state, refused):
    wished = wish()
    send(wished)
    Invitation.objects.update(state=state)

    same = replace(facts, task=wished.task, email=wished.email)
    assert (rules(same) == [Rule.DUPLICATE]) is refused


def test_somebody_elses_invitation_is_said_but_not_linked(facts, wish, send, sign_in, client, standin):
    wished = wish()
    send(wished)
    sign_in(client, "mona")
    mona = type(facts.user).objects.get(awork_id=standin.world.person("mona").id)

    (refusal,) = decision.denials(replace(facts, user=mona, task=wished.task, email=wished.email))
    assert (refusal.rule, refusal.link) == (Rule.DUPLICATE, "")
