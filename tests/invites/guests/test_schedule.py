from datetime import timedelta

import pytest

from invites.guests.schedule import next_check
from invites.models import Guest
from tests.invites.factories import NOON

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)


@pytest.mark.parametrize(
    ("state", "age", "wait"),
    [
        ("unchecked", timedelta(0), HOUR),
        ("pending", timedelta(days=2, hours=23), HOUR),
        ("pending", timedelta(days=3), DAY),
        ("unchecked", timedelta(days=30), DAY),
        ("joined", timedelta(0), WEEK),
        ("ended", timedelta(0), WEEK),
        ("moved", timedelta(0), WEEK),
        ("gone", timedelta(0), WEEK),
    ],
)
def test_awork_is_asked_hourly_at_first_then_daily_and_weekly_after_that(state, age, wait):
    assert next_check(Guest(state=state, invited_at=NOON), NOON + age) == NOON + age + wait
