"""A policy in words."""

from datetime import date
from uuid import UUID

from invites.policy.describe import PartChange, describe, diff, end_problem
from invites.policy.rules import EndTerm, NamedRef, Rules

GUEST = NamedRef(UUID(int=1), "Guest")


def said(rules):
    return {term.label: term.lines or (str(term.empty),) for term in describe(rules)}


def test_what_was_never_decided_is_said_too():
    words = said(Rules())
    assert words["Available roles"] == ("all but those of admins and agents",)
    assert words["Default role"] == ("the guest role",)
    assert words["Allowed domains"] == ("all that are not denied",)
    assert words["Your own addresses as guests"] == ("allowed",)
    assert words["Invitations in an hour"] == ("no limit",)


def test_each_part_says_what_it_holds():
    rules = Rules(
        roles=(GUEST,), default_role=GUEST.id, own_domain_guests=False, per_day=3, closed_projects=(GUEST,)
    )
    words = said(rules)
    assert words["Available roles"] == words["Default role"] == ("Guest",)
    assert words["Your own addresses as guests"] == ("not allowed",)
    assert words["Invitations in 24 hours"] == ("3",)
    assert words["Projects closed to invitations"] == ("Guest",)


def test_only_what_differs_is_a_change():
    before = Rules(denied_domains=("a.example", "b.example"), per_hour=5)
    after = Rules(denied_domains=("b.example", "c.example"), per_hour=5)
    assert diff(before, after) == [PartChange("Denied domains", ["c.example"], ["a.example"])]
    assert diff(before, before) == []


def test_what_becomes_empty_says_what_that_means():
    (change,) = diff(Rules(per_hour=5), Rules())
    assert (change.removed, change.added, str(change.empty)) == (["5"], [], "no limit")


def test_end_dates_are_described_for_each_role():
    terms = (EndTerm(UUID(int=1), "Guest", 90, 365), EndTerm(UUID(int=2), "Member", 1))
    words = said(Rules(end_terms=(*terms, EndTerm(UUID(int=3), "Office", None, 7)), at_end="workspace"))
    assert words["End dates"] == (
        "Guest: 90 days by default, 365 days at most, required",
        "Member: 1 day by default",
        "Office: 7 days at most, required",
    )
    assert words["When the last day has passed"] == ("the desk deactivates the guest in the workspace",)
    assert words["Pending too long"] == ("7 days",)
    assert said(Rules())["End dates"] == ("none proposed or required",)


def test_an_end_date_that_is_not_allowed_is_answered_with_the_latest():
    rules, today = Rules(end_terms=(EndTerm(UUID(int=1), "Guest", None, 10),)), date(2026, 11, 20)

    def problem(ends_on, role=1):
        return end_problem(rules, UUID(int=role), ends_on, today)

    assert problem(date(2026, 11, 30)) == problem(None, role=2) == ""
    assert problem(date(2026, 12, 1)) == "The last day of access can be 30 Nov 2026 at the latest."
    assert problem(None) == "Guests in this role need an end date: 30 Nov 2026 at the latest."
    assert problem(date(2026, 11, 19)) == "This day has passed. Choose today or a later day."
