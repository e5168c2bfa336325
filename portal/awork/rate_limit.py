"""Stays within awork's rate limits, and stops calling while awork is down.

awork allows 50 requests a second and 1,000 a minute for all clients of a workspace together. Every response
says how many are left in its `x-ratelimit-…` headers. A request waits before a limit is reached, so that
awork doesn't have to reject it. Background work spreads its requests over the minute, and leaves some.
"""

import time
from collections import deque
from collections.abc import Mapping
from threading import Lock

from portal.awork.fields import header_number
from portal.awork.timeouts import WaitBudget

MAX_PER_SECOND = 1000  # far more than awork allows
MAX_PER_MINUTE = 60_000
MAX_RESET_SECONDS = 60  # a minute has no more
RESERVED = 0.03  # of a minute's requests, which background work leaves to people
PROBE_SECONDS = 5.0  # while awork doesn't say when its minute ends
CATCH_UP_SECONDS = 2.0
MIN_WAIT_SECONDS = 0.01  # a response may arrive in that time and free a slot
BREAKER_FAILURES = 5
BREAKER_SECONDS = 30.0


class SecondWindow:
    """At most `limit` requests in any second, whichever way awork counts its seconds.

    awork counts a request at some point between sending and response, so it occupies a slot until one second
    after its response. Slots used beyond our own requests belong to other clients and stay reserved for them.
    """

    def __init__(self) -> None:
        self.limit = 50
        self._responses: deque[float] = deque()
        self._others, self._others_until = 0, 0.0

    def update(self, headers: Mapping[str, str], in_flight: int) -> None:
        """Count a response, and what its headers say about other clients."""
        now = time.monotonic()
        self._responses.append(now)
        limit = header_number(headers, "x-ratelimit-limit-second", least=1, most=MAX_PER_SECOND)
        remaining = header_number(headers, "x-ratelimit-remaining-second", least=0, most=MAX_PER_SECOND)
        if limit is None or remaining is None:
            return
        self.limit = int(limit)
        others = self.limit - int(remaining) - self._own(in_flight, now)
        if others >= self._others or now >= self._others_until:
            self._others, self._others_until = max(others, 0), now + 1.0

    def delay(self, in_flight: int) -> float:
        """Seconds until the next request may be sent, 0 for now."""
        now = time.monotonic()
        own = self._own(in_flight, now)
        others = self._others if now < self._others_until else 0
        if own + others < self.limit or own == 0:
            return 0.0
        return max(self._responses[0] + 1.0 - now, MIN_WAIT_SECONDS) if self._responses else MIN_WAIT_SECONDS

    def _own(self, in_flight: int, now: float) -> int:
        while self._responses and self._responses[0] <= now - 1.0:
            self._responses.popleft()
        return in_flight + len(self._responses)


class MinuteWindow:
    """How many requests awork still accepts in its current minute, by its own count.

    Background work leaves a part of them to people at their pages.
    """

    def __init__(self) -> None:
        self.limit = self.remaining = 1000
        self._resets_at, self._is_reset_known = 0.0, False

    def update(self, headers: Mapping[str, str], in_flight: int) -> None:
        """Take over what remains. Responses overtake each other: slightly more than before is outdated."""
        found = header_number(headers, "x-ratelimit-remaining-minute", least=0, most=MAX_PER_MINUTE)
        if found is None:
            return
        limit = header_number(headers, "x-ratelimit-limit-minute", least=1, most=MAX_PER_MINUTE)
        self.limit = int(limit or self.limit)
        remaining = int(found)
        is_new_minute = remaining > self.remaining + in_flight
        self.remaining = remaining if is_new_minute else min(remaining, self.remaining)
        if self.remaining <= in_flight + self.reserve:
            self._update_reset(headers)

    def _update_reset(self, headers: Mapping[str, str]) -> None:
        """`ratelimit-reset` is about the limit that is closer to being used up: a minute's or a second's."""
        now = time.monotonic()
        described = header_number(headers, "ratelimit-limit", least=1, most=MAX_PER_MINUTE)
        is_of_minute = described is None or int(described) == self.limit
        if now < self._resets_at and (self._is_reset_known or not is_of_minute):
            return
        reset = header_number(headers, "ratelimit-reset", least=1, most=MAX_RESET_SECONDS)
        self._is_reset_known = is_of_minute
        self._resets_at = now + ((reset or MAX_RESET_SECONDS) if is_of_minute else PROBE_SECONDS)

    @property
    def reserve(self) -> int:
        """How many requests of a minute background work leaves."""
        return int(self.limit * RESERVED)

    def delay(self, in_flight: int, *, is_background: bool = False) -> float:
        """Seconds until the next request may be sent, 0 for now."""
        if self.remaining > in_flight + self.reserve * is_background:
            return 0.0
        now = time.monotonic()
        if now < self._resets_at:
            return self._resets_at - now
        if is_background:
            # One request finds out whether a new minute has begun.
            self._resets_at, self._is_reset_known = now + PROBE_SECONDS, False
        else:
            self.remaining = in_flight + 1  # a new minute: its first response says how many it allows
        return 0.0


class Pace:
    """Background work takes awork's minute evenly: in a burst, it would leave nothing for the rest of it."""

    def __init__(self) -> None:
        self._next_at = 0.0

    def delay(self) -> float:
        """Seconds until the next background request."""
        return max(0.0, self._next_at - time.monotonic())

    def take(self, per_minute: float) -> None:
        """Count a request; what was missed in the last seconds may be caught up."""
        earliest = time.monotonic() - CATCH_UP_SECONDS
        self._next_at = max(self._next_at, earliest) + 60 / per_minute


class RateLimiter:
    """What this process knows of awork's limits. Its lock is never held while a request waits.

    `sharers`: how many processes do background work, this one included.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self.reset()

    def reset(self) -> None:
        """Start with the limits that awork documents."""
        self._in_flight, self.sharers = 0, 1
        self._second, self._minute, self._pace = SecondWindow(), MinuteWindow(), Pace()

    @property
    def remaining(self) -> int:
        """How many requests awork still accepts in its current minute, as of its last response."""
        return self._minute.remaining

    @property
    def minute_limit(self) -> int:
        """How many requests awork accepts in a minute."""
        return self._minute.limit

    def acquire(self, budget: WaitBudget, *, is_background: bool = False) -> float:
        """Wait for a slot and return 0, or return how long it would take if the budget is too small.

        Each slot has to be given back by `release`.
        """
        while delay := self._try_acquire(is_background):
            if not budget.sleep(delay):
                return delay
        return 0.0

    def release(self, headers: Mapping[str, str]) -> None:
        """Give the slot back and learn from the response's headers."""
        with self._lock:
            self._in_flight = max(0, self._in_flight - 1)
            for window in (self._second, self._minute):
                window.update(headers, self._in_flight)

    def _try_acquire(self, is_background: bool = False) -> float:
        with self._lock:
            delay = max(self._second.delay(self._in_flight), self._pace.delay() if is_background else 0.0)
            delay = delay or self._minute.delay(self._in_flight, is_background=is_background)
            self._in_flight += not delay
            if is_background and not delay:
                self._pace.take(self._minute.limit / self.sharers)
            return delay


class CircuitBreaker:
    """Opens after `BREAKER_FAILURES` unanswered requests in a row: then one is tried every 30 seconds."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.reset()

    def reset(self) -> None:
        """Close it."""
        self._failures, self._open_until = 0, 0.0

    def allows(self) -> bool:
        """Whether a request may be sent; while open, only one caller every 30 seconds may try."""
        now = time.monotonic()
        with self._lock:
            if self._failures < BREAKER_FAILURES:
                return True
            if now < self._open_until:
                return False
            self._open_until = now + BREAKER_SECONDS
            return True

    def record(self, *, answered: bool) -> None:
        """Count a failure, or close the breaker."""
        with self._lock:
            self._failures = 0 if answered else self._failures + 1
            if self._failures >= BREAKER_FAILURES:
                self._open_until = time.monotonic() + BREAKER_SECONDS
