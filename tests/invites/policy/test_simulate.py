"""The invitations of the last 90 days, judged by a draft."""

import time
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from invites.lookup import roles
from invites.models import Invitation
from invites.policy.describe import RULE_LABELS
from invites.policy.rules import NamedRef, Rule, Rules
from invites.policy.simulate import simulate
from portal.awork.schemas import Role
from tests.invites.factories import invitation, person

pytestmark = pytest.mark.django_db
DENIED_NOW = ("evil.example", "odd.example")
GUEST, OFFICE = Role(UUID(int=1), "Guest", is_guest=True), Role(UUID(int=2), "Office", manages=True)


@pytest.fixture
def paula():
    user = person()
    roles.store_roles(user.workspace, [GUEST, OFFICE])
    return user


def sent(inviter, name="Carla", ago=timedelta(hours=1), **fields):
    said = {"task_id": uuid4(), "attempted_at": timezone.now() - ago, "first_name": name}
    return invitation(inviter, **(said | fields))


class Everything(Rules):
    """Rules that nothing violates."""

    def violations(self, *arguments, **named):
        return iter(())


def refused(user, **rules):
    """What a draft would refuse, beside rules that refuse nothing."""
    found = simulate(user.workspace_id, Rules(**rules), Everything())
    assert found.more == len(found.newest)
    return {one.invitation.first_name: one.rules for one in found.newest}


def test_without_rules_nobody_would_be_refused(paula):
    sent(paula)
    found = simulate(paula.workspace_id, Rules(), Rules())
    assert (found.judged, found.more, found.fewer, found.newest) == (1, 0, 0, [])


def test_only_what_the_draft_adds_is_counted_and_by_rule(paula):
    for name, domain in (("Both", "evil"), ("Draft", "bad"), ("Draft too", "bad"), ("Current", "odd")):
        sent(paula, name, email=f"x@{domain}.example")
    draft, current = (Rules(denied_domains=names) for names in (("evil.example", "bad.example"), DENIED_NOW))
    found = simulate(paula.workspace_id, draft, current)

    assert {one.invitation.first_name for one in found.newest} == {"Draft", "Draft too"}
    assert (found.judged, found.more, found.fewer) == (4, 2, 1)
    assert found.by_rule == [(RULE_LABELS[Rule.DOMAIN], 2)]


@pytest.mark.parametrize(
    ("rules", "fields", "rule"),
    [
        ({"denied_domains": ("creative.example",)}, {}, Rule.DOMAIN),
        ({"own_domains": ("creative.example",), "own_domain_guests": False}, {}, Rule.OWN_DOMAIN),
        ({"roles": ()}, {}, Rule.ROLE),
        ({"closed_projects": (NamedRef(UUID(int=7), "Website"),)}, {}, Rule.PROJECT),
        ({}, {"role_id": OFFICE.id}, Rule.ROLE),
        ({}, {"role_id": UUID(int=9)}, Rule.ROLE),
    ],
)
def test_each_rule_speaks(paula, rules, fields, rule):
    sent(paula, **fields)
    assert refused(paula, **rules) == {"Carla": [rule]}


def test_an_administrator_could_have_given_a_role_that_manages(paula):
    ada = person("Ada Ahrens", role="administrator")
    sent(ada, role_id=OFFICE.id)
    assert refused(paula) == {}


def test_limits_count_in_the_order_of_time(paula):
    for name, minutes in (("Third", 10), ("First", 50), ("Second", 30), ("Early", 115)):
        sent(paula, name, timedelta(minutes=minutes))
    sent(person("Mona Mäder"), "Other", timedelta(minutes=20))

    assert refused(paula, per_hour=2) == {"Third": [Rule.QUOTA]}
    assert [*refused(paula, per_day=1)] == ["Third", "Second", "First"]


def test_what_would_be_refused_or_never_left_counts_towards_no_limit(paula):
    sent(paula, "Denied", timedelta(minutes=50), email="x@evil.example")
    sent(paula, "Unsent", timedelta(minutes=40), state="not_sent")
    sent(paula, "First", timedelta(minutes=30))
    sent(paula, "Second", timedelta(minutes=20))

    found = refused(paula, per_hour=1, denied_domains=("evil.example",))
    assert found == {"Second": [Rule.QUOTA], "Denied": [Rule.DOMAIN]}


def test_the_newest_stand_first_and_ninety_days_are_the_end(paula):
    for name, days in (("Old", 89), ("New", 1), ("Beyond", 91)):
        sent(paula, name, timedelta(days=days))
    assert [*refused(paula, denied_domains=("*.example",))] == ["New", "Old"]


def test_of_an_erased_guest_no_domain_is_judged(paula):
    sent(paula, "erased-1", email="", email_key="erased-1")
    assert refused(paula, allowed_domains=("creative.example",)) == {}


def test_other_workspaces_are_left_alone(paula):
    otto = person("Otto Ostwind", workspace="Südwind")
    sent(otto)
    assert simulate(paula.workspace_id, Rules(denied_domains=("*.example",)), Rules()).judged == 0


def test_five_thousand_take_less_than_a_second_and_a_hundred_are_shown(paula, django_assert_num_queries):
    now = timezone.now()
    pattern = sent(paula)
    names = {field.attname for field in Invitation._meta.concrete_fields}
    said = {name: getattr(pattern, name) for name in names}
    Invitation.objects.bulk_create(
        Invitation(
            **said
            | {
                "id": uuid4(),
                "form_key": uuid4(),
                "task_id": uuid4(),
                "email": f"g{n}@a{n % 300}.bücher.example",
            }
            | {"attempted_at": now - timedelta(minutes=n)}
        )
        for n in range(5000)
    )
    denied = tuple(f"b{n}.bücher.example" for n in range(500))
    began = time.process_time()
    with django_assert_num_queries(4):
        found = simulate(paula.workspace_id, Rules(denied_domains=denied, per_hour=30, per_day=500), Rules())

    assert time.process_time() - began < 1
    assert (found.judged, len(found.newest)) == (5001, 100)
    assert found.more > 2000
