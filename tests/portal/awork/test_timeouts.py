"""Deadlines and wait budgets."""

import math
from datetime import timedelta

import pytest
from django.utils import timezone

from portal.awork import timeouts
from portal.awork.timeouts import (
    REQUEST_SECONDS,
    WaitBudget,
    background,
    current_wait_budget,
    is_background,
    seconds_left,
    send_while,
    wait_budget,
)


def sends_for(seconds):
    """Send requests for so many seconds."""
    until = timezone.now() + timedelta(seconds=seconds + REQUEST_SECONDS)
    return send_while(lambda: until)


@pytest.fixture
def slept(monkeypatch):
    """The seconds of each sleep, which takes no time."""
    slept = []
    monkeypatch.setattr(timeouts.time, "sleep", slept.append)
    return slept


def test_without_a_deadline_there_is_time_forever():
    assert seconds_left() == math.inf


def test_an_inner_deadline_can_only_be_earlier():
    with sends_for(60):
        with sends_for(600):
            assert 59 < seconds_left() <= 60
        with sends_for(10):
            assert 9 < seconds_left() <= 10
        assert 59 < seconds_left() <= 60
    assert seconds_left() == math.inf


def test_a_deadline_may_move_on():
    until = [timezone.now()]
    with send_while(lambda: until[0]):
        assert seconds_left() <= -REQUEST_SECONDS
        until[0] += timedelta(seconds=100)
        assert 99 < seconds_left() + REQUEST_SECONDS <= 100


def test_in_the_background_calls_wait_as_long_as_it_takes(slept):
    assert not is_background()
    with background():
        assert is_background()
        assert current_wait_budget().sleep(10_000)
    assert not is_background()


def test_a_budget_is_shared_by_the_calls_of_a_block(slept):
    with wait_budget(5):
        assert [current_wait_budget().sleep(seconds) for seconds in (3, 3, 2)] == [True, False, True]
    assert slept == [3, 2]


def test_without_a_block_each_call_has_the_budget_of_a_page(slept):
    assert [current_wait_budget().sleep(timeouts.PAGE_SECONDS) for _ in range(2)] == [True, True]


def test_nothing_waits_beyond_the_deadline(slept):
    with sends_for(10):
        assert not WaitBudget(math.inf).sleep(11)
    assert slept == []


def test_a_call_may_take_all_of_its_retries():
    longest_delay = max(timeouts.RETRY_DELAYS) * max(timeouts.RETRY_JITTER)
    longest_body = timeouts.TOTAL_SECONDS + timeouts.READ_SECONDS
    longest_wait = (
        2 * timeouts.CONNECT_SECONDS + 2 * timeouts.READ_SECONDS
    )  # pool, connect, write, first byte
    assert max(longest_body, longest_wait) < timeouts.REQUEST_SECONDS
    retried = timeouts.RETRY_WINDOW_SECONDS + longest_delay + timeouts.REQUEST_SECONDS
    assert retried == pytest.approx(timeouts.CALL_SECONDS)
