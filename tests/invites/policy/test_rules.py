"""What one version of the policy refuses."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from invites.audit.snapshot import Snapshot
from invites.policy.rules import (
    DAY,
    HOUR,
    AtEnd,
    EndTerm,
    NamedRef,
    Quota,
    Rule,
    Rules,
    columns,
    dump,
    load,
)
from portal.awork.schemas import Role

GUEST = Role(UUID(int=1), "Guest", is_guest=True)
MEMBER = Role(UUID(int=2), "Member", manages=False)
OFFICE = Role(UUID(int=3), "Office", manages=True)
WEB = UUID(int=7)
ENTERED = Snapshot(project_id=WEB, role_id=GUEST.id, email="carla@creative.example")
FULL = Rules(
    roles=(NamedRef(GUEST.id, "Guest"), NamedRef(MEMBER.id, "Member")),
    default_role=MEMBER.id,
    allowed_domains=("creative.example", "*.bücher.example"),
    denied_domains=("evil.example",),
    own_domains=("nordlicht.example",),
    own_domain_guests=False,
    per_hour=5,
    per_day=20,
    closed_projects=(NamedRef(WEB, "Website"),),
    end_terms=(EndTerm(GUEST.id, "Guest", 90, 365), EndTerm(MEMBER.id, "Member", 30)),
    at_end=AtEnd.TASK,
    pending_days=5,
)
TODAY = date(2026, 11, 20)


def violations(rules, *, role=GUEST, administers=False, sent=lambda window: 0, **changes):
    allowed = role if role and rules.allows_role(role, administers=administers) else None
    snapshot = replace(ENTERED, role_id=role and role.id, **changes)
    return [*rules.violations(snapshot, role=allowed, sent=sent)]


def test_without_a_policy_nothing_is_refused():
    assert violations(Rules()) == []


def test_what_is_not_known_is_not_refused():
    assert violations(replace(FULL, per_hour=None), role=None, email="", project_id=None) == []


@pytest.mark.parametrize("kind", ["is_admin", "is_agent", "is_archived"])
def test_some_roles_are_never_offered(kind):
    never = Role(uuid4(), "Some", **{kind: True})
    assert not never.is_assignable
    assert not Rules().allows_role(never, administers=True)
    assert not Rules(roles=(NamedRef(never.id, "Some"),)).allows_role(never, administers=True)


def test_only_roles_that_are_listed_are_offered():
    rules = Rules(roles=(NamedRef(GUEST.id, "Guest"),))
    assert violations(rules) == []
    assert violations(rules, role=MEMBER) == [Rule.ROLE]
    assert violations(Rules(roles=())) == [Rule.ROLE]


@pytest.mark.parametrize("roles", [None, (NamedRef(OFFICE.id, "Office"),)])
def test_a_role_that_manages_is_for_administrators(roles):
    assert violations(Rules(roles=roles), role=OFFICE) == [Rule.ROLE]
    assert violations(Rules(roles=roles), role=OFFICE, administers=True) == []


@pytest.mark.parametrize(
    ("allowed", "denied", "passes"),
    [
        ((), (), True),
        (("creative.example",), (), True),
        (("other.example",), (), False),
        ((), ("creative.example",), False),
        ((), ("*.creative.example",), True),
        ((), ("*.example",), False),
        (("creative.example",), ("*.example",), False),
    ],
)
def test_denied_wins_and_an_empty_list_allows_all(allowed, denied, passes):
    assert violations(Rules(allowed_domains=allowed, denied_domains=denied)) == (
        [] if passes else [Rule.DOMAIN]
    )


def test_an_international_domain_is_the_same_in_both_forms():
    rules = Rules(denied_domains=("bücher.example",))
    assert violations(rules, email="a@bücher.example") == [Rule.DOMAIN]
    assert violations(rules, email="a@xn--bcher-kva.example") == [Rule.DOMAIN]


@pytest.mark.parametrize(
    ("role", "own_domain_guests", "refused"),
    [(GUEST, False, True), (GUEST, True, False), (MEMBER, False, False)],
)
def test_addresses_of_ones_own_may_be_kept_from_being_guests(role, own_domain_guests, refused):
    rules = Rules(own_domains=("creative.example",), own_domain_guests=own_domain_guests)
    assert violations(rules, role=role) == ([Rule.OWN_DOMAIN] if refused else [])
    assert violations(rules, role=role, email="a@other.example") == []


def test_a_closed_project_takes_nobody():
    rules = Rules(closed_projects=(NamedRef(WEB, "Website"),))
    assert violations(rules) == [Rule.PROJECT]
    assert violations(rules, project_id=UUID(int=8)) == []
    assert not Rules().is_closed(None)


@pytest.mark.parametrize(
    ("per_hour", "per_day", "limit"),
    [
        (None, None, None),
        (4, 6, None),
        (3, 6, Quota(HOUR, 3)),
        (2, None, Quota(HOUR, 2)),
        (4, 5, Quota(DAY, 5)),
        (None, 5, Quota(DAY, 5)),
        (3, 5, Quota(HOUR, 3)),
    ],
)
def test_the_limit_that_three_in_an_hour_and_five_in_a_day_come_to(per_hour, per_day, limit):
    rules = Rules(per_hour=per_hour, per_day=per_day)
    sent = {timedelta(hours=1): 3, timedelta(days=1): 5}.__getitem__
    assert rules.quota_reached(sent) == limit
    assert violations(rules, sent=sent, administers=True) == ([Rule.QUOTA] if limit else [])


def test_several_rules_all_speak():
    case = {"role": OFFICE, "email": "a@evil.example", "sent": lambda window: 99}
    assert violations(FULL, **case) == [Rule.PROJECT, Rule.ROLE, Rule.DOMAIN, Rule.QUOTA]


@pytest.mark.parametrize("rules", [FULL, Rules()])
def test_rules_are_read_as_they_were_written(rules):
    assert load(dump(rules)) == rules


@pytest.mark.parametrize(
    ("role", "ends_on", "allowed"),
    [
        (GUEST, None, False),
        (GUEST, TODAY - timedelta(1), False),
        (GUEST, TODAY, True),
        (GUEST, TODAY + timedelta(365), True),
        (GUEST, TODAY + timedelta(366), False),
        (MEMBER, None, True),
        (MEMBER, TODAY + timedelta(3650), True),
        (OFFICE, None, True),
        (OFFICE, TODAY + timedelta(3651), False),
    ],
    ids=str,
)
def test_an_end_date_is_judged_by_the_role_and_the_day(role, ends_on, allowed):
    assert FULL.allows_end(role.id, ends_on, TODAY) is allowed
    entered = replace(ENTERED, role_id=role.id, ends_on=ends_on)
    found = [*FULL.violations(entered, role=role, today=TODAY)]
    assert (Rule.END_DATE in found) is not allowed
    assert Rule.END_DATE not in FULL.violations(entered, role=role)  # of the past, as a simulation judges


def test_the_default_is_proposed_else_the_longest():
    assert FULL.default_end(GUEST.id, TODAY) == TODAY + timedelta(90)
    assert FULL.default_end(OFFICE.id, TODAY) is None
    required = Rules(end_terms=(EndTerm(GUEST.id, "Guest", None, 10),))
    assert required.default_end(GUEST.id, TODAY) == TODAY + timedelta(10)


def test_what_the_release_before_reads_has_its_rules_only_and_what_it_saved_stays_valid():
    stored = columns(FULL)
    assert set(stored["guest_rules"]) == {"end_terms", "at_end", "pending_days"}
    assert load({**stored["rules"], **stored["guest_rules"]}) == FULL
    old = load(stored["rules"])
    assert (old.end_terms, old.at_end, old.pending_days, old.per_day) == ((), AtEnd.ASK, 7, 20)
