"""awork's rate limits, counted in clock seconds and minutes."""

import time_machine

from portal.standin.standin import ApiLimits

NOON = "2026-11-02T12:00:10Z"


def test_the_fifty_first_request_in_a_second_is_refused():
    limits = ApiLimits()
    with time_machine.travel(NOON, tick=False) as clock:
        assert all(limits.take()[0] for _ in range(50))
        allowed, headers = limits.take()
        assert not allowed
        assert headers["ratelimit-limit"] == "50"
        assert headers["ratelimit-remaining"] == headers["x-ratelimit-remaining-second"] == "0"
        assert headers["ratelimit-reset"] == "1"
        clock.shift(1)
        assert limits.take()[0]


def test_a_minute_has_its_own_limit():
    limits = ApiLimits()
    limits.minute = 3
    with time_machine.travel(NOON, tick=False) as clock:
        assert [limits.take()[0] for _ in range(4)] == [True, True, True, False]
        assert limits.take()[1]["ratelimit-reset"] == "50"
        clock.shift(20)
        assert not limits.take()[0]
        clock.shift(30)
        assert limits.take()[0]


def test_the_headers_describe_the_closer_limit():
    limits = ApiLimits()
    with time_machine.travel(NOON, tick=False):
        headers = limits.take()[1]
    assert headers == {
        "ratelimit-limit": "50",
        "ratelimit-remaining": "49",
        "ratelimit-reset": "1",
        "x-ratelimit-limit-second": "50",
        "x-ratelimit-remaining-second": "49",
        "x-ratelimit-limit-minute": "1000",
        "x-ratelimit-remaining-minute": "999",
    }


def test_refused_requests_do_not_count():
    limits = ApiLimits()
    limits.second = 1
    with time_machine.travel(NOON, tick=False):
        limits.take()
        limits.take()
        assert limits.take()[1]["x-ratelimit-remaining-minute"] == "999"


def test_a_reset_forgets_all_requests():
    limits = ApiLimits()
    limits.second = 1
    with time_machine.travel(NOON, tick=False):
        limits.take()
        limits.reset()
        assert limits.take()[1]["x-ratelimit-remaining-second"] == "49"
