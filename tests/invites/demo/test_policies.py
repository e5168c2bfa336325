"""The versions of the demo's policy."""

from uuid import UUID

from invites.demo.policies import POLICIES
from invites.policy.rules import Rules
from portal.awork.schemas import Project, Role

GUEST = Role(UUID(int=1), "Guest", is_guest=True)
PROJECTS = {"KEY": Project(UUID(int=7), "Konfidentiell", "KEY")}


def test_each_adds_to_the_one_before():
    rules = Rules()
    for change in POLICIES.values():
        rules = change(rules, GUEST, PROJECTS)
    assert (rules.per_hour, rules.per_day, rules.default_role) == (10, 20, GUEST.id)
    assert (rules.denied_domains[0], rules.own_domain_guests) == ("freemail.example", False)
    assert rules.is_closed(PROJECTS["KEY"].id)
