"""Stays within awork's rate limits, and stops calling while awork is down.

awork allows 50 requests a second and 1,000 a minute for all clients of a workspace together. Every response
says how many are left in its `x-ratelimit-…` headers. A request waits before a limit is reached, so that
awork doesn't have to reject it.
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
    """How many requests awork still accepts in its current minute, by its own count."""

    def __init__(self) -> None:
        self.remaining = 1000
        self._resets_at = 0.0

    def update(self, headers: Mapping[str, str], in_flight: int) -> None:
        """Take over what remains. Responses overtake each other: slightly more than before is outdated."""
        found = header_number(headers, "x-ratelimit-remaining-minute", least=0, most=MAX_PER_MINUTE)
        if found is None:
            return
        remaining = int(found)
        is_new_minute = remaining > self.remaining + in_flight
        self.remaining = remaining if is_new_minute else min(remaining, self.remaining)
        if self.remaining <= in_flight and time.monotonic() >= self._resets_at:
            # `ratelimit-reset` is about the limit that is closer to being used up: here, the minute.
            reset = header_number(headers, "ratelimit-reset", least=1, most=MAX_RESET_SECONDS)
            self._resets_at = time.monotonic() + (reset or MAX_RESET_SECONDS)

    def delay(self, in_flight: int) -> float:
        """Seconds until the next request may be sent, 0 for now."""
        if self.remaining > in_flight:
            return 0.0
        seconds = self._resets_at - time.monotonic()
        if seconds > 0:
            return seconds
        self.remaining = in_flight + 1  # a new minute: its first response says how many it allows
        return 0.0


class RateLimiter:
    """What this process knows of awork's limits. Its lock is never held while a request waits."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.reset()

    def reset(self) -> None:
        """Start with the limits that awork documents."""
        self._in_flight = 0
        self._windows = (SecondWindow(), MinuteWindow())

    def acquire(self, budget: WaitBudget) -> float:
        """Wait for a slot and return 0, or return how long it would take if the budget is too small.

        Each slot has to be given back by `release`.
        """
        while delay := self._try_acquire():
            if not budget.sleep(delay):
                return delay
        return 0.0

    def release(self, headers: Mapping[str, str]) -> None:
        """Give the slot back and learn from the response's headers."""
        with self._lock:
            self._in_flight = max(0, self._in_flight - 1)
            for window in self._windows:
                window.update(headers, self._in_flight)

    def _try_acquire(self) -> float:
        with self._lock:
            delay = max(window.delay(self._in_flight) for window in self._windows)
            self._in_flight += not delay
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
