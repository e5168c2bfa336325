"""A policy in words."""

from uuid import UUID

from invites.policy.describe import PartChange, describe, diff
from invites.policy.rules import NamedRef, Rules

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
