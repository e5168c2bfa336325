"""The time that rows and events record, which the demo can set."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from portal import clock

MAY = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
MOMENT = timedelta(seconds=5)


def test_it_is_the_present():
    assert abs(clock.now() - timezone.now()) < MOMENT


def test_the_demo_begins_at_another_time_from_which_time_passes():
    with clock.starting_at(MAY):
        first, second = clock.now(), clock.now()
    assert MAY <= first < second < MAY + MOMENT
    assert abs(clock.now() - timezone.now()) < MOMENT


def test_the_present_is_back_after_an_error():
    with pytest.raises(ZeroDivisionError), clock.starting_at(MAY):
        raise ZeroDivisionError
    assert abs(clock.now() - timezone.now()) < MOMENT


def test_nothing_but_the_demo_can_set_the_time(settings):
    settings.DEMO = False
    with pytest.raises(RuntimeError), clock.starting_at(MAY):
        pass
