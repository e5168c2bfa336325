"""awork's request limits, shared by everybody who calls."""

import math
import threading
import time


class Limits:
    """At most `second` requests in each clock second and `minute` in each clock minute."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Back to awork's own limits, nothing used."""
        with self.lock:
            self.second, self.minute = 50, 1000
            self.used: dict[tuple[str, int], int] = {}

    def take(self) -> tuple[bool, dict[str, str]]:
        """Count one request; whether it is allowed, and the headers that tell how much is left."""
        now = time.time()
        windows = {("second", int(now)): self.second, ("minute", int(now // 60)): self.minute}
        with self.lock:
            used = {window: self.used.get(window, 0) for window in windows}
            allowed = all(used[window] < limit for window, limit in windows.items())
            self.used = {window: count + allowed for window, count in used.items()}
            left = [limit - self.used[window] for window, limit in windows.items()]
            return allowed, self.headers(now, *left)

    def headers(self, now: float, left_second: int, left_minute: int) -> dict[str, str]:
        """What every answer carries; the plain three speak of the limit that is nearer its end."""
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
