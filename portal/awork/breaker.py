"""Spares a dead awork and those who wait for it: after failures in a row nothing is sent for a while."""

import time
from threading import Lock

FAILURES = 5
SECONDS = 30.0


class Breaker:
    """Counts, for this process, the requests in a row that awork did not answer."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.reset()

    def reset(self) -> None:
        """Start anew."""
        self._failures, self._until = 0, 0.0

    def allows(self) -> bool:
        """Whether to ask now; when the time is over, one caller tries it for all."""
        now = time.monotonic()
        with self._lock:
            if self._failures < FAILURES:
                return True
            if now < self._until:
                return False
            self._until = now + SECONDS
            return True

    def record(self, *, answered: bool) -> None:
        """Learn from a request."""
        with self._lock:
            self._failures = 0 if answered else self._failures + 1
            if self._failures >= FAILURES:
                self._until = time.monotonic() + SECONDS
