"""Keeping within awork's limits: 50 requests a second and 1,000 a minute for all who call a workspace.

Every answer tells how much of either is left. A request goes out only where there is room for it and for
those under way, and waits otherwise: before it is refused, not after.
"""

import math
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Lock

PAGE_SECONDS = 10.0
MIN_WAIT_SECONDS = 0.01  # an answer may come meanwhile and tell more


_deadline: ContextVar[float] = ContextVar("send deadline", default=math.inf)


@contextmanager
def send_deadline(seconds: float) -> Iterator[None]:
    """Let no request of the block leave after these seconds, or after those of an enclosing block.

    A lease or lock that has expired must not be acted on. Measured by the wall clock, which goes on while a
    machine sleeps.
    """
    token = _deadline.set(min(_deadline.get(), time.time() + seconds))
    try:
        yield
    finally:
        _deadline.reset(token)


def seconds_left() -> float:
    """Seconds until the deadline; infinite where there is none."""
    return _deadline.get() - time.time()


@dataclass
class WaitBudget:
    """How many seconds may still be spent on waiting for awork's limits."""

    seconds: float


_budget: ContextVar[WaitBudget | None] = ContextVar("wait budget", default=None)


@contextmanager
def wait_budget(seconds: float) -> Iterator[None]:
    """Allow this much waiting in all for the block."""
    token = _budget.set(WaitBudget(seconds))
    try:
        yield
    finally:
        _budget.reset(token)


@contextmanager
def default_wait_budget() -> Iterator[None]:
    """Keep to what was allowed around the block, or allow PAGE_SECONDS where nothing was."""
    with nullcontext() if _budget.get() else wait_budget(PAGE_SECONDS):
        yield


def sleep_within_budget(seconds: float) -> bool:
    """Sleep, unless there is less patience, or less time for it to leave: then False, at once."""
    left = _budget.get()
    if left is None or seconds > min(left.seconds, seconds_left()):
        return False
    left.seconds -= seconds
    time.sleep(seconds)
    return True


class SecondWindow:
    """At most `limit` requests in any second, however awork counts its seconds.

    awork counts a request somewhere between its leaving and its answer, so it takes room until a second
    after the answer. What is used up beyond our own requests others have used: they are made room for.
    """

    def __init__(self) -> None:
        self.limit = 50
        self._answered: deque[float] = deque()
        self._others, self._others_until = 0, 0.0

    def learn(self, headers: Mapping[str, str], flying: int) -> None:
        """Note an answer, and what it tells of the others."""
        now = time.monotonic()
        self._answered.append(now)
        limit, left = _number(headers, "x-ratelimit-limit-second"), _left(headers, "second")
        if limit is None or left is None:
            return
        self.limit = max(limit, 1)
        others = self.limit - left - self._own(flying, now)
        if others >= self._others or now >= self._others_until:
            self._others, self._others_until = max(others, 0), now + 1.0

    def seconds_until_free(self, flying: int) -> float:
        """Seconds until one more may go out; 0 for at once."""
        now = time.monotonic()
        own = self._own(flying, now)
        others = self._others if now < self._others_until else 0
        if own + others < self.limit or own == 0:
            return 0.0
        return max(self._answered[0] + 1.0 - now, MIN_WAIT_SECONDS) if self._answered else MIN_WAIT_SECONDS

    def _own(self, flying: int, now: float) -> int:
        while self._answered and self._answered[0] <= now - 1.0:
            self._answered.popleft()
        return flying + len(self._answered)


class MinuteWindow:
    """What is left of awork's minute by its own count; spent, it is sat out as long as awork says."""

    def __init__(self) -> None:
        self.left = 1000
        self._opens = 0.0

    def learn(self, headers: Mapping[str, str], flying: int) -> None:
        """Take over what is left. Answers overtake each other: a little more than before is no news."""
        left = _left(headers, "minute")
        if left is None:
            return
        is_new = left > self.left + flying
        self.left = left if is_new else min(left, self.left)
        if self.left <= flying and time.monotonic() >= self._opens:
            # The plain header speaks of the limit that is nearer its end: here, the minute.
            self._opens = time.monotonic() + (_number(headers, "ratelimit-reset") or 60)

    def seconds_until_free(self, flying: int) -> float:
        """Seconds until one more may go out; 0 for at once."""
        if self.left > flying:
            return 0.0
        sleep_within_budget = self._opens - time.monotonic()
        return sleep_within_budget if sleep_within_budget > 0 else self._begin(flying)

    def _begin(self, flying: int) -> float:
        """Awork's minute is over: the next answers tell how much the new one has."""
        self.left = flying + 1
        return 0.0


class RateLimiter:
    """What this process knows of awork's limits; its lock is never held while anybody waits."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.reset()

    def reset(self) -> None:
        """Know nothing but what awork documents."""
        self._flying = 0
        self._limits = (SecondWindow(), MinuteWindow())

    def acquire(self) -> float:
        """Wait for a turn and return 0; or the seconds it would take, where that is too long.

        To be followed by `land`.
        """
        while delay := self._try():
            if not sleep_within_budget(delay):
                return delay
        return 0.0

    def land(self, headers: Mapping[str, str]) -> None:
        """A request is over; learn from the headers of its answer."""
        with self._lock:
            self._flying = max(0, self._flying - 1)
            for limit in self._limits:
                limit.learn(headers, self._flying)

    def _try(self) -> float:
        with self._lock:
            delay = max(limit.seconds_until_free(self._flying) for limit in self._limits)
            self._flying += not delay
            return delay


def _left(headers: Mapping[str, str], name: str) -> int | None:
    return _number(headers, f"x-ratelimit-remaining-{name}")


def _number(headers: Mapping[str, str], name: str) -> int | None:
    value = headers.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None
