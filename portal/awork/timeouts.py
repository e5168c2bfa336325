"""How long calls to awork may take, and how long their caller lets them wait."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime

CONNECT_SECONDS = 5.0
READ_SECONDS = 15.0
TOTAL_SECONDS = 30.0  # for a response that trickles in and never reaches READ_SECONDS
BRIEF_SECONDS = 3.0  # instead of these two, in `brief`
RETRY_DELAYS = (0.2, 0.8)  # seconds before the second and the third try
RETRY_JITTER = (0.5, 1.5)  # each delay times a random number between these
RETRY_WINDOW_SECONDS = 20.0  # no retry after this
PAGE_SECONDS = 10.0  # what a page may wait for awork's rate limits, in total

# Upper bounds: one try, from leaving to its end, and one call with its retries.
REQUEST_SECONDS = CONNECT_SECONDS + READ_SECONDS + TOTAL_SECONDS
CALL_SECONDS = RETRY_WINDOW_SECONDS + RETRY_DELAYS[-1] * RETRY_JITTER[-1] + REQUEST_SECONDS

_deadline: ContextVar[Callable[[], float]] = ContextVar("send deadline", default=lambda: math.inf)


@contextmanager
def send_while(expires_at: Callable[[], datetime]) -> Iterator[None]:
    """Send only requests that end before this time, which may move on; an earlier end around it still holds.

    Keeps a lease or lock from being used after it expired. Uses the wall clock, which continues while a
    machine sleeps.
    """
    outer = _deadline.get()
    token = _deadline.set(lambda: min(outer(), expires_at().timestamp() - REQUEST_SECONDS))
    try:
        yield
    finally:
        _deadline.reset(token)


def seconds_left() -> float:
    """Seconds until no further request may be sent, infinite without such a time."""
    return _deadline.get()() - time.time()


@dataclass
class WaitBudget:
    """How many seconds may still be spent waiting for awork's rate limits."""

    seconds: float

    def sleep(self, seconds: float) -> bool:
        """Sleep, or return False at once if the budget or the deadline doesn't allow it."""
        if seconds > min(self.seconds, seconds_left()):
            return False
        self.seconds -= seconds
        time.sleep(seconds)
        return True


_budget: ContextVar[WaitBudget | None] = ContextVar("wait budget", default=None)


@contextmanager
def wait_budget(seconds: float) -> Iterator[None]:
    """Let all calls of the block together wait this long."""
    token = _budget.set(WaitBudget(seconds))
    try:
        yield
    finally:
        _budget.reset(token)


def current_wait_budget() -> WaitBudget:
    """The budget of the block around, or a page's budget for this call alone."""
    return _budget.get() or WaitBudget(PAGE_SECONDS)


_is_background: ContextVar[bool] = ContextVar("in the background", default=False)


@contextmanager
def background() -> Iterator[None]:
    """Wait as long as it takes in the block, and leave a part of awork's limits to people at their pages."""
    token = _is_background.set(True)
    try:
        with wait_budget(math.inf):
            yield
    finally:
        _is_background.reset(token)


_is_brief: ContextVar[bool] = ContextVar("brief", default=False)


@contextmanager
def brief() -> Iterator[None]:
    """Give each call of the block a few seconds and one try, as somebody waits for what comes after it."""
    token = _is_brief.set(True)
    try:
        with wait_budget(0):
            yield
    finally:
        _is_brief.reset(token)


def brief_options() -> dict[str, float]:
    """httpx's options for a brief call, none for others."""
    return {"timeout": BRIEF_SECONDS} if _is_brief.get() else {}


def total_seconds() -> float:
    """How long a response may take."""
    return BRIEF_SECONDS if _is_brief.get() else TOTAL_SECONDS


def retry_window() -> float:
    """For how many seconds after the first try there may be others."""
    return 0 if _is_brief.get() else RETRY_WINDOW_SECONDS


def is_background() -> bool:
    """Whether nobody waits for this call."""
    return _is_background.get()
