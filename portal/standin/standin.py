"""One stand-in awork: its world, sign-ins, rate limits, faults, and a log of the requests it received."""

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from portal.standin.deliveries import Deliveries
from portal.standin.faults import Fault, Faults
from portal.standin.oauth_grants import OAuthGrants
from portal.standin.world import World

REQUEST_LOG_SIZE = 5000
DRAIN_SECONDS = 5.0


@dataclass(frozen=True)
class ReceivedRequest:
    """A logged request: `path` is below the API's base, `body` is parsed, `status` is 0 if cut off.

    `raw_path` is the path before percent-decoding, `caller` the handle of the token's owner.
    """

    method: str
    path: str
    query: dict[str, str]
    body: Any
    status: int
    caller: str = ""
    user_agent: str = ""
    raw_path: str = ""


class ApiLimits:
    """awork's rate limits for all callers: `second` requests a clock second, `minute` a clock minute."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Restore awork's limits and forget all requests."""
        with self.lock:
            self.second, self.minute = 50, 1000
            self.used: dict[tuple[str, int], int] = {}

    def take(self) -> tuple[bool, dict[str, str]]:
        """Count a request; return whether it is allowed, and the rate limit headers."""
        now = time.time()
        windows = {("second", int(now)): self.second, ("minute", int(now // 60)): self.minute}
        with self.lock:
            used = {window: self.used.get(window, 0) for window in windows}
            allowed = all(used[window] < limit for window, limit in windows.items())
            self.used = {window: count + allowed for window, count in used.items()}
            left = [limit - self.used[window] for window, limit in windows.items()]
            return allowed, self.headers(now, *left)

    def headers(self, now: float, left_second: int, left_minute: int) -> dict[str, str]:
        """The headers of every response; those without a suffix describe the limit that is closer."""
        of_minute = left_minute <= left_second
        reset = 60 - now % 60 if of_minute else 1 - now % 1
        return {
            "ratelimit-limit": str(self.minute if of_minute else self.second),
            "ratelimit-remaining": str(max(0, left_minute if of_minute else left_second)),
            "ratelimit-reset": str(max(1, math.ceil(reset))),
            "x-ratelimit-limit-second": str(self.second),
            "x-ratelimit-remaining-second": str(max(0, left_second)),
            "x-ratelimit-limit-minute": str(self.minute),
            "x-ratelimit-remaining-minute": str(max(0, left_minute)),
        }


class Standin:
    """The state behind the views; `on_change` is called after each request that may have changed it."""

    def __init__(self, tasks: int = 2000, on_change: Callable[[], None] = lambda: None) -> None:
        self.world = World(tasks)
        self.grants = OAuthGrants()
        self.limits = ApiLimits()
        self.faults = Faults()
        self.deliveries = Deliveries(self.world)
        self.on_change = on_change
        self.requests: list[ReceivedRequest] = []
        self.lock = threading.Condition()
        self.in_flight = 0

    def reset(self) -> None:
        """Wait for running requests, then restore the seed data and sign everybody out."""
        self.faults.reset()
        self.deliveries.reset()
        with self.lock:
            self.lock.wait_for(lambda: not self.in_flight, DRAIN_SECONDS)
            self.requests = []
        self.world.reset()
        self.grants.reset()
        self.limits.reset()

    @contextmanager
    def in_progress(self) -> Iterator[None]:
        """Count a request as in flight."""
        with self.lock:
            self.in_flight += 1
        try:
            yield
        finally:
            with self.lock:
                self.in_flight -= 1
                self.lock.notify_all()

    def fault(
        self, method: str, path_part: str, kind: str, times: int | None = 1, *, skip: int = 0, **options: Any
    ) -> None:
        """Add a fault for requests whose path contains `path_part`; see `faults`."""
        self.faults.add(Fault(method, path_part, kind, times, skip, options))

    def count(self, method: str = "*", path_part: str = "") -> int:
        """The number of logged requests that match."""
        with self.lock:
            return sum(method in {"*", one.method} and path_part in one.path for one in self.requests)

    def log_request(self, received: ReceivedRequest) -> None:
        """Add a request to the log."""
        with self.lock:
            self.requests.append(received)
            del self.requests[:-REQUEST_LOG_SIZE]
        if received.method != "GET":
            self.on_change()


def standin_of(request: HttpRequest) -> Standin:
    """The stand-in that received this request."""
    standin: Standin = request.META["standin"]
    return standin
