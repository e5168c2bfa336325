"""awork's request limits, shared by everybody who calls one workspace's API."""

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
            self.used: dict[tuple[object, str, int], int] = {}

    def take(self, who: object) -> tuple[bool, dict[str, str]]:
        """Count one request; whether it is allowed, and the headers that tell how much is left."""
        now = time.time()
        second, minute = (who, "second", int(now)), (who, "minute", int(now // 60))
        with self.lock:
            self.used = {
                key: value for key, value in self.used.items() if key in {second, minute} or key[0] != who
            }
            left_second = self.second - self.used.get(second, 0)
            left_minute = self.minute - self.used.get(minute, 0)
            allowed = left_second > 0 and left_minute > 0
            if allowed:
                self.used[second] = self.used.get(second, 0) + 1
                self.used[minute] = self.used.get(minute, 0) + 1
                left_second, left_minute = left_second - 1, left_minute - 1
            return allowed, self.headers(now, left_second, left_minute)

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
