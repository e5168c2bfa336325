"""Endings as pages list them."""

from datetime import timedelta

import pytest

from invites.endings.lines import lines_of
from tests.invites import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def paula():
    return factories.person()


@pytest.fixture
def line(paula):
    """`line(state="done")`: the line of an ending of Paula's guest, as she sees it."""
    guest = factories.guest(paula)

    def made(**fields):
        ending = factories.ending(guest, paula, **fields)
        return next(line for line in lines_of(guest, paula) if line.ending == ending)

    return made


@pytest.mark.parametrize(
    ("fields", "moves"),
    [
        ({}, True),
        ({"reason": "unreachable"}, False),
        ({"state": "sending"}, True),
        ({"state": "unclear", "check_count": 1}, True),
        ({"state": "unclear", "check_count": 2}, False),
        ({"state": "waiting"}, False),
        ({"state": "done"}, False),
    ],
    ids=["new", "postponed", "sending", "just unclear", "still unclear", "waiting", "done"],
)
def test_a_page_updates_while_something_may_change_soon(line, fields, moves):
    assert line(**fields).is_moving is moves


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        ("person", "Confirmed by Paula Planer"),
        ("end-date", "At the end date, with the access of Paula Planer"),
        ("review", "After a review, with the access of Paula Planer"),
    ],
)
def test_who_or_what_ended_it(line, cause, said):
    assert line(cause=cause).by == said


def test_when_it_changed_is_told_where_that_was_later(line):
    assert not line(state="done").is_later
    assert line(state="done", changed_at=factories.NOON + timedelta(hours=2)).is_later


def test_who_is_missing_is_named(line):
    row = {"id": "1", "first_name": "Ada", "last_name": "Ahrens", "planned_effort": 0, "distributed": True}
    shown = line(state="done", assignees_missing=[row, row | {"first_name": "", "last_name": ""}])
    assert shown.missing.startswith("Not reassigned to the task: Ada Ahrens and someone.")
    assert shown.may_check
