"""Faults on demand: what can go wrong between the portal and awork, on the wire and in the answer."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse, JsonResponse

HTML = "<!doctype html><title>Bad gateway</title><h1>502 Bad gateway</h1>"
PIECES = 20


class Cut(Exception):
    """The connection ends here; `response`, if any, is sent half."""

    def __init__(self, response: HttpResponse | None = None) -> None:
        super().__init__("cut")
        self.response = response


@dataclass
class Fault:
    """One thing that goes wrong: `skip` requests later, then `times` times (None: always).

    `method` is "*" for any. The options depend on the kind: `seconds` for delays and trickle; `status`,
    `body`, `headers` and `effect` (whether it happens all the same) for status.
    """

    method: str
    path: str
    kind: str
    times: int | None = 1
    skip: int = 0
    options: dict[str, Any] = field(default_factory=dict)
    happened: int = 0

    def fits(self, method: str, path: str) -> bool:
        """Whether this request is meant."""
        return self.method in {"*", method} and self.path in path and self.times != 0

    def due(self) -> bool:
        """Count one fitting request; whether the fault happens to it."""
        if self.skip:
            self.skip -= 1
            return False
        if self.times is not None:
            self.times -= 1
        self.happened += 1
        return True


@dataclass(frozen=True)
class Turn:
    """One request's turn: `serve` does what was asked, `pause` waits for some seconds."""

    serve: Callable[[], HttpResponse]
    pause: Callable[[float], None]


class Faults:
    """The faults that are still to come, in the order in which they were asked for."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.coming: list[Fault] = []
        self.over = threading.Event()
        self.delay = 0.0  # seconds, before each request

    def reset(self) -> None:
        """Everything works again, and nobody waits any longer."""
        with self.lock:
            self.coming = []
            self.over.set()
            self.over = threading.Event()

    def pause(self, seconds: float) -> None:
        """Wait, at most until the next reset."""
        self.over.wait(seconds)

    def add(self, fault: Fault) -> None:
        """One more; refuses a kind that does not exist."""
        if fault.kind not in KINDS:
            raise ValueError(f"{fault.kind} is none of {', '.join(sorted(KINDS))}")
        with self.lock:
            self.coming.append(fault)

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that happens to this request."""
        with self.lock:
            for fault in self.coming:
                if fault.fits(method, path):
                    return fault if fault.due() else None
        return None

    def serve(self, method: str, path: str, serve: Callable[[], HttpResponse]) -> HttpResponse:
        """The answer to a request, gone wrong if a fault is due."""
        if self.delay:
            self.pause(self.delay)
        fault = self.take(method, path)
        return KINDS[fault.kind](Turn(serve, self.pause), **fault.options) if fault else serve()


def delay_before(turn: Turn, *, seconds: float = 1.0) -> HttpResponse:
    """Nothing happens for a while, then all is well."""
    turn.pause(seconds)
    return turn.serve()


def delay_after(turn: Turn, *, seconds: float = 1.0) -> HttpResponse:
    """The effect at once, the answer late."""
    response = turn.serve()
    turn.pause(seconds)
    return response


def status(
    turn: Turn,
    *,
    status: int = 500,
    body: Any = HTML,
    headers: dict[str, str] | None = None,
    effect: bool = False,
) -> HttpResponse:
    """Any status with any body: text is sent as HTML, everything else as JSON."""
    if effect:
        turn.serve()
    if isinstance(body, str):
        return HttpResponse(body, status=status, headers=headers)
    return JsonResponse(body, status=status, headers=headers, safe=False)


def rate_limited(turn: Turn, *, headers: bool = True, reset: int = 1) -> HttpResponse:
    """429, with or without the headers that say when to come back."""
    told = {"ratelimit-limit": "50", "ratelimit-remaining": "0", "ratelimit-reset": str(reset)}
    response = HttpResponse("Too many requests", status=429, content_type="text/plain")
    if headers:
        for name, value in told.items():
            response[name] = value
    return response


def cut_before(turn: Turn) -> HttpResponse:
    """The connection ends and nothing has happened."""
    raise Cut


def cut_after(turn: Turn) -> HttpResponse:
    """It has happened, and the connection ends without an answer."""
    turn.serve()
    raise Cut


def cut_midway(turn: Turn) -> HttpResponse:
    """It has happened, and the connection ends in the middle of the answer."""
    raise Cut(turn.serve())


def empty(turn: Turn) -> HttpResponse:
    """It has happened, and the answer has no body."""
    return HttpResponse(b"", status=turn.serve().status_code, content_type="application/json")


def truncated(turn: Turn) -> HttpResponse:
    """It has happened, and the answer's JSON lacks its second half."""
    response = turn.serve()
    response.content = response.content[: len(response.content) // 2] or b'{"id": "'
    return response


def wrong_shape(turn: Turn, *, body: Any = None) -> HttpResponse:
    """It has happened, and the answer is valid JSON of some other shape."""
    response = turn.serve()
    response.content = json.dumps({"unexpected": [1]} if body is None else body).encode()
    response["Content-Type"] = "application/json"
    return response


def garbage(turn: Turn) -> HttpResponse:
    """It has happened, and the answer is a page of something in between, with status 200."""
    turn.serve()
    return HttpResponse(HTML)


def trickle(turn: Turn, *, seconds: float = 0.05) -> HttpResponse:
    """The answer comes in about twenty pieces, `seconds` apart; where it has no content, blanks do."""
    response = turn.serve()
    if not response.content:
        response.status_code, response.content = 200, b" " * (PIECES - 1)
    response.standin_parts = drip(response.content, turn, seconds)  # type: ignore[attr-defined]
    return response


def drip(content: bytes, turn: Turn, seconds: float) -> Iterator[bytes]:
    """One piece after the other."""
    size = len(content) // PIECES + 1
    for start in range(0, len(content), size):
        turn.pause(seconds)
        yield content[start : start + size]


KINDS: dict[str, Callable[..., HttpResponse]] = {
    made.__name__: made
    for made in (
        delay_before,
        delay_after,
        status,
        rate_limited,
        cut_before,
        cut_after,
        cut_midway,
        empty,
        truncated,
        wrong_shape,
        garbage,
        trickle,
    )
}
