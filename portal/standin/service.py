"""One stand-in awork: its world, its sign-ins, its limits, its faults, and what it was asked."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from portal.standin.faults import Fault, Faults
from portal.standin.grants import Grants
from portal.standin.limits import Limits
from portal.standin.world import World

KEPT_REQUESTS = 5000
PATIENCE_SECONDS = 5.0


@dataclass(frozen=True)
class Received:
    """A request as it came: `path` below the API's base, `body` parsed if JSON; `status` is 0 if cut.

    `target` is the path with its percent signs, `who` the handle behind the token, `agent` the user agent.
    """

    method: str
    path: str
    query: dict[str, str]
    body: Any
    status: int
    who: str = ""
    agent: str = ""
    target: str = ""


class Standin:
    """What the views and the tests share. `changed` is called after each request that may have changed it."""

    def __init__(self, tasks: int = 2000, changed: Callable[[], None] = lambda: None) -> None:
        self.world = World(tasks)
        self.grants = Grants()
        self.limits = Limits()
        self.faults = Faults()
        self.changed = changed
        self.requests: list[Received] = []
        self.lock = threading.Condition()
        self.in_flight = 0

    def reset(self) -> None:
        """Back to the beginning, with nobody signed in; what is under way ends before that."""
        self.faults.reset()
        with self.lock:
            self.lock.wait_for(lambda: not self.in_flight, PATIENCE_SECONDS)
            self.requests = []
        self.world.reset()
        self.grants.reset()
        self.limits.reset()

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Count a request while it is under way."""
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
        """Let something go wrong with the requests whose path holds `path_part`; see `faults`."""
        self.faults.add(Fault(method, path_part, kind, times, skip, options))

    def count(self, method: str = "*", path_part: str = "") -> int:
        """How many such requests came."""
        with self.lock:
            return sum(method in {"*", one.method} and path_part in one.path for one in self.requests)

    def note(self, received: Received) -> None:
        """Keep what was asked."""
        with self.lock:
            self.requests.append(received)
            del self.requests[:-KEPT_REQUESTS]
        if received.method != "GET":
            self.changed()


def standin_of(request: HttpRequest) -> Standin:
    """The stand-in that received this request."""
    found: Standin = request.META["standin"]
    return found
