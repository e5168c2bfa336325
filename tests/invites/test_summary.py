"""Counts by state and the weeks of the list of invitations."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.http import QueryDict

from invites.filters import InvitationFilter
from invites.summary import WEEKS, Summary
from tests.invites.factories import NOON, invitation, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def paula():
    return person()


@pytest.fixture(autouse=True)
def friday():
    with time_machine.travel(NOON, tick=False):
        yield


def summary(reader, query=""):
    return Summary(InvitationFilter(QueryDict(query), reader))


def test_totals_are_of_each_state_that_there_is(paula):
    for state in ("sent", "sent", "not_sent"):
        invitation(paula, state=state)
    invitation(person("Mara Manager"))
    totals = summary(paula, "state=refused").totals
    assert [(str(total.state.label), total.count) for total in totals] == [("Sent", 2), ("Not sent", 1)]


def test_counts_are_one_query_and_none_until_they_are_asked_for(paula, django_assert_num_queries):
    made = summary(paula)
    with django_assert_num_queries(1):
        assert (made.total, len(made.tabs), made.totals) == (0, 5, [])


def test_a_week_begins_on_monday_in_utc(paula):
    monday = datetime(2026, 11, 16, tzinfo=UTC)
    invitation(paula, created_at=monday)
    invitation(paula, state="unclear", created_at=monday - timedelta(seconds=1))
    *_, before, last = summary(paula).histogram.bars
    assert (before.day, before.counts) == (date(2026, 11, 9), {"unclear": 1})
    assert (last.day, last.counts) == (date(2026, 11, 16), {"sent": 1})


def test_weeks_end_with_the_filtered_time_and_are_bounded(paula):
    invitation(paula, created_at=NOON - timedelta(weeks=WEEKS))
    assert summary(paula).histogram is None
    bars = summary(paula, "to=2026-11-01").histogram.bars
    assert (len(bars), bars[-1].day) == (WEEKS, date(2026, 10, 26))


def test_only_what_is_drawn_makes_a_picture(paula):
    invitation(paula, state="not_sent")
    assert summary(paula).histogram is None
