"""The demo's story fits together on whatever day the demo begins."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from invites.demo import story

MONDAY = datetime(2026, 11, 23, 0, 20, tzinfo=UTC)
EVERY_WEEKDAY = [MONDAY + timedelta(days=days, hours=days * 3) for days in range(7)]
LATER = {"check", "retry", "reassign", "erase"}  # what can be done about an invitation


@pytest.mark.parametrize("now", EVERY_WEEKDAY, ids=lambda now: f"{now:%a}")
def test_what_follows_an_invitation_comes_after_it(now):
    invited = set()
    for _, row in story.load(now):
        if row.action == "invite":
            invited.add(row.email)
        if row.action in LATER:
            assert row.email in invited, row


@pytest.mark.parametrize("now", EVERY_WEEKDAY, ids=lambda now: f"{now:%a}")
def test_a_refused_or_lost_invitation_is_retried_before_the_next_thing_happens_to_it(now):
    done = [row.action for _, row in story.load(now) if row.email == "clara@mueller-soehne.example"]
    assert done == ["invite", "check", "check", "retry"]


@pytest.mark.parametrize("now", EVERY_WEEKDAY, ids=lambda now: f"{now:%a}")
def test_it_lies_in_the_past_on_working_days(now):
    moments = [moment for moment, row in story.load(now) if row.days]
    assert now - timedelta(days=91) < min(moments) < now - timedelta(days=85)
    assert max(moment for moment, _ in story.load(now)) < now
    assert {moment.weekday() for moment in moments} == {0, 1, 2, 3, 4}


def test_it_tells_of_about_sixty_invitations_and_three_versions_of_the_policy():
    actions = Counter(row.action for _, row in story.load(MONDAY))
    assert 55 <= actions["invite"] <= 70
    assert actions["policy"] == 3
