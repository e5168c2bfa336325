import math
import time

import pytest

from portal.awork import rate_limit, timeouts
from portal.awork.client import Client, FixedToken
from portal.awork.errors import TooManyRequests
from portal.awork.rate_limit import (
    BREAKER_FAILURES,
    BREAKER_SECONDS,
    CircuitBreaker,
    MinuteWindow,
    RateLimiter,
)
from portal.awork.timeouts import PAGE_SECONDS, WaitBudget
from tests.threads import at_once


def budget():
    """The wait budget of a page."""
    return WaitBudget(PAGE_SECONDS)


def headers_of(second=(50, 49), minute=(1000, 999), reset="1"):
    return {
        "x-ratelimit-limit-second": str(second[0]),
        "x-ratelimit-remaining-second": str(second[1]),
        "x-ratelimit-limit-minute": str(minute[0]),
        "x-ratelimit-remaining-minute": str(minute[1]),
        "ratelimit-reset": reset,
    }


def answered(limiter, **headers):
    assert limiter.acquire(budget()) == 0
    limiter.release(headers_of(**headers))


def test_requests_within_the_limits_do_not_wait():
    limiter = RateLimiter()
    began = time.monotonic()
    for left in range(49, 0, -1):
        answered(limiter, second=(50, left))
    assert time.monotonic() - began < 0.5


def test_requests_in_flight_count():
    limiter = RateLimiter()
    answered(limiter, second=(3, 2))
    assert [limiter._try_acquire(), limiter._try_acquire()] == [0, 0]
    assert limiter._try_acquire() > 0


def test_a_request_counts_until_a_second_after_its_response():
    limiter = RateLimiter()
    for left in (2, 1, 0):
        answered(limiter, second=(3, left))
    began = time.monotonic()
    assert limiter.acquire(budget()) == 0
    assert 0.9 < time.monotonic() - began < 1.5


def test_requests_of_other_clients_count():
    limiter = RateLimiter()
    answered(limiter, second=(50, 10))  # 39 by other clients
    for _ in range(10):
        assert limiter._try_acquire() == 0
    assert limiter._try_acquire() > 0


def test_a_page_does_not_wait_for_the_next_minute():
    limiter = RateLimiter()
    answered(limiter, minute=(1000, 0), reset="42")
    began = time.monotonic()
    assert 40 < limiter.acquire(budget()) <= 42
    assert time.monotonic() - began < 0.1


def test_after_a_minute_one_request_finds_out_the_new_limit(monkeypatch):
    limiter = RateLimiter()
    answered(limiter, minute=(1000, 0), reset="42")
    now = time.monotonic()
    monkeypatch.setattr(rate_limit.time, "monotonic", lambda: now + 43)
    assert limiter._try_acquire() == 0
    limiter.release(headers_of(minute=(1000, 900)))
    assert [limiter._try_acquire() for _ in range(20)] == [0] * 20


def test_responses_that_overtake_each_other_do_not_add_slots():
    minute = MinuteWindow()
    minute.update(headers_of(minute=(1000, 10)), in_flight=0)
    minute.update(headers_of(minute=(1000, 12)), in_flight=3)
    assert minute.remaining == 10


def test_a_new_minute_is_recognized_by_what_remains():
    minute = MinuteWindow()
    minute.update(headers_of(minute=(1000, 2)), in_flight=0)
    minute.update(headers_of(minute=(1000, 990)), in_flight=3)
    assert minute.remaining == 990


@pytest.mark.parametrize("value", ["", "soon", "²", "5, 5", "nan"])
def test_invalid_headers_change_nothing(value):
    limiter = RateLimiter()
    limiter.acquire(budget())
    limiter.release(
        headers_of(second=(50, 49))
        | {"x-ratelimit-remaining-second": value, "x-ratelimit-limit-minute": value}
    )
    assert limiter.acquire(budget()) == 0


HOSTILE = ["-600000", "-1", "0", "-0.5", "nan", "inf", "-inf", "600000", "9" * 400, "1e300", "1, 1", "", "x"]


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("name", list(headers_of()))
def test_no_header_stops_a_process_for_longer_than_a_minute(name, value, monkeypatch):
    limiter = RateLimiter()
    answered(limiter, second=(50, 0), minute=(1000, 0))
    now = time.monotonic()
    monkeypatch.setattr(rate_limit.time, "monotonic", lambda: now + 61)
    assert limiter._try_acquire() == 0
    limiter.release(headers_of(second=(50, 0), minute=(1000, 0)) | {name: value})
    assert limiter._try_acquire() < 60.001
    monkeypatch.setattr(rate_limit.time, "monotonic", lambda: now + 122)
    assert limiter._try_acquire() == 0


@pytest.mark.parametrize(("reset", "seconds"), [("600000", 60), ("inf", 60), ("x", 60), ("0", 1), ("-9", 1)])
def test_the_minute_lasts_from_a_second_to_a_minute(reset, seconds):
    limiter = RateLimiter()
    answered(limiter, minute=(1000, 0), reset=reset)
    assert seconds - 1 < limiter._try_acquire() <= seconds


def test_forty_parallel_requests_get_no_429_under_a_limit_of_ten(standin):
    client = Client(FixedToken(standin.token("paula")))
    standin.limits.second = 10
    client.me()
    at_once(40, lambda _: client.me())
    assert [request.status for request in standin.requests].count(429) == 0
    assert standin.count("GET", "/me") == 41


def test_nothing_is_sent_once_the_minute_is_used_up(standin):
    client = Client(FixedToken(standin.token("paula")))
    standin.limits.minute = 3
    for _ in range(3):
        client.me()
    # Without a budget, since the call would wait if the minute is nearly over.
    with timeouts.wait_budget(0), pytest.raises(TooManyRequests):
        client.me()
    assert standin.count() == 3  # the fourth was not sent


def broken(times=BREAKER_FAILURES):
    breaker = CircuitBreaker()
    for _ in range(times):
        breaker.record(answered=False)
    return breaker


def clock(monkeypatch, ahead):
    now = rate_limit.time.monotonic()
    monkeypatch.setattr(rate_limit.time, "monotonic", lambda: now + ahead)


def test_the_breaker_opens_at_the_last_failure_in_a_row():
    assert broken(BREAKER_FAILURES - 1).allows()
    assert not broken().allows()


def test_after_a_while_the_breaker_lets_one_caller_try(monkeypatch):
    breaker = broken()
    clock(monkeypatch, BREAKER_SECONDS + 1)
    assert [breaker.allows() for _ in range(3)] == [True, False, False]


def test_another_failure_keeps_the_breaker_open_and_a_response_closes_it(monkeypatch):
    breaker = broken()
    clock(monkeypatch, BREAKER_SECONDS + 1)
    breaker.allows()
    breaker.record(answered=False)
    assert not breaker.allows()
    breaker.record(answered=True)
    assert breaker.allows()


class TestBackground:
    def test_it_spreads_its_requests_over_the_minute(self, monkeypatch):
        now = [1000.0]
        monkeypatch.setattr(rate_limit.time, "monotonic", lambda: now[0])
        monkeypatch.setattr(rate_limit.time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
        limiter, sent = RateLimiter(), []
        while now[0] < 1031:
            assert limiter.acquire(WaitBudget(math.inf), is_background=True) == 0
            sent.append(now[0])
            limiter.release({})
        assert 500 <= len(sent) <= 560  # half a minute's requests, and a little for the time before
        assert limiter._try_acquire() == 0  # people need not wait

    def test_processes_share_the_pace(self, monkeypatch):
        limiter = RateLimiter()
        limiter.sharers = 4
        limiter._pace.take(1000 / 4)
        now = time.monotonic() + 10
        monkeypatch.setattr(rate_limit.time, "monotonic", lambda: now)
        waits = []
        while not (wait := limiter._try_acquire(is_background=True)):
            waits.append(wait)
            limiter.release({})
        assert len(waits) == 9  # two seconds at 250 a minute, and the one now

    def test_the_last_requests_of_a_minute_are_left_to_people(self):
        limiter = RateLimiter()
        answered(limiter, minute=(1000, 30), reset="42")
        assert 40 < limiter._try_acquire(is_background=True) <= 42
        assert limiter._try_acquire() == 0

    def test_where_awork_tells_of_the_second_one_request_probes_for_the_new_minute(self, monkeypatch):
        limiter = RateLimiter()
        assert limiter.acquire(budget()) == 0
        limiter.release(headers_of(minute=(1000, 20)) | {"ratelimit-limit": "50"})
        now = time.monotonic() + rate_limit.PROBE_SECONDS
        monkeypatch.setattr(rate_limit.time, "monotonic", lambda: now)
        assert limiter._try_acquire(is_background=True) == 0
        assert limiter._try_acquire(is_background=True) > 0
        limiter.release(headers_of(minute=(1000, 0), reset="30") | {"ratelimit-limit": "1000"})
        assert 29 < limiter._try_acquire() <= 30  # awork has told the end of the minute by now
