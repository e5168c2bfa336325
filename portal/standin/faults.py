"""Faults on demand: what can go wrong with the connection to awork, and with its responses."""

import json
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse, JsonResponse

HTML = "<!doctype html><title>Bad gateway</title><h1>502 Bad gateway</h1>"
PIECES = 20
MEGABYTE = 10**6


class ConnectionCut(Exception):
    """Closes the connection, after half of `response` if there is one."""

    def __init__(self, response: HttpResponse | None = None) -> None:
        super().__init__("cut")
        self.response = response


@dataclass
class Fault:
    """A fault for matching requests: skips the first `skip`, then happens `times` times (None: always).

    `method` is "*" for any. The options depend on the kind: `seconds` for delays and trickle; `status`,
    `body`, `headers` and `effect` (whether the request is carried out) for status.
    """

    method: str
    path: str
    kind: str
    times: int | None = 1
    skip: int = 0
    options: dict[str, Any] = field(default_factory=dict)
    happened: int = 0

    def matches(self, method: str, path: str) -> bool:
        """Whether the fault applies to this request."""
        return self.method in {"*", method} and self.path in path and self.times != 0

    def should_trigger(self) -> bool:
        """Count a matching request; return whether the fault happens to it."""
        if self.skip:
            self.skip -= 1
            return False
        if self.times is not None:
            self.times -= 1
        self.happened += 1
        return True


@dataclass(frozen=True)
class FaultContext:
    """One request: `serve` carries it out, `pause` waits for some seconds."""

    serve: Callable[[], HttpResponse]
    pause: Callable[[float], None]


class Faults:
    """The pending faults, in the order they were added."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.pending: list[Fault] = []
        self.cancelled = threading.Event()
        self.delay = 0.0  # seconds, before each request

    def reset(self) -> None:
        """Remove all faults and end all delays."""
        with self.lock:
            self.pending = []
            self.cancelled.set()
            self.cancelled = threading.Event()

    def pause(self, seconds: float) -> None:
        """Wait, but no longer than until the next reset."""
        self.cancelled.wait(seconds)

    def add(self, fault: Fault) -> None:
        """Add a fault; raise ValueError for an unknown kind."""
        if fault.kind not in KINDS:
            raise ValueError(f"{fault.kind} is none of {', '.join(sorted(KINDS))}")
        with self.lock:
            self.pending.append(fault)

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that happens to this request, if any."""
        with self.lock:
            for fault in self.pending:
                if fault.matches(method, path):
                    return fault if fault.should_trigger() else None
        return None

    def serve(self, method: str, path: str, serve: Callable[[], HttpResponse]) -> HttpResponse:
        """The response to a request, with the fault that is due."""
        if self.delay:
            self.pause(self.delay)
        fault = self.take(method, path)
        return KINDS[fault.kind](FaultContext(serve, self.pause), **fault.options) if fault else serve()


def delay_before(context: FaultContext, *, seconds: float = 1.0) -> HttpResponse:
    """Wait, then carry out the request."""
    context.pause(seconds)
    return context.serve()


def delay_after(context: FaultContext, *, seconds: float = 1.0) -> HttpResponse:
    """Carry out the request at once, respond late."""
    response = context.serve()
    context.pause(seconds)
    return response


def status(
    context: FaultContext,
    *,
    status: int = 500,
    body: Any = HTML,
    headers: dict[str, str] | None = None,
    effect: bool = False,
) -> HttpResponse:
    """Any status with any body: strings are sent as HTML, everything else as JSON."""
    if effect:
        context.serve()
    if isinstance(body, str):
        return HttpResponse(body, status=status, headers=headers)
    return JsonResponse(body, status=status, headers=headers, safe=False)


def rate_limited(context: FaultContext, *, headers: bool = True, reset: int = 1) -> HttpResponse:
    """429, with or without the rate limit headers."""
    values = {"ratelimit-limit": "50", "ratelimit-remaining": "0", "ratelimit-reset": str(reset)}
    response = HttpResponse("Too many requests", status=429, content_type="text/plain")
    if headers:
        for name, value in values.items():
            response[name] = value
    return response


def cut_before(context: FaultContext) -> HttpResponse:
    """Close the connection without carrying out the request."""
    raise ConnectionCut


def cut_after(context: FaultContext) -> HttpResponse:
    """Carry out the request, then close the connection without a response."""
    context.serve()
    raise ConnectionCut


def cut_midway(context: FaultContext) -> HttpResponse:
    """Carry out the request, then close the connection halfway through the response."""
    raise ConnectionCut(context.serve())


def empty(context: FaultContext) -> HttpResponse:
    """Carry out the request, respond with an empty body."""
    return HttpResponse(b"", status=context.serve().status_code, content_type="application/json")


def truncated(context: FaultContext) -> HttpResponse:
    """Carry out the request, respond with the first half of the JSON."""
    response = context.serve()
    response.content = response.content[: len(response.content) // 2] or b'{"id": "'
    return response


def wrong_shape(context: FaultContext, *, body: Any = None) -> HttpResponse:
    """Carry out the request, respond with valid JSON of another shape."""
    response = context.serve()
    response.content = json.dumps({"unexpected": [1]} if body is None else body).encode()
    response["Content-Type"] = "application/json"
    return response


def garbage(context: FaultContext) -> HttpResponse:
    """Carry out the request, respond with a proxy's HTML page and status 200."""
    context.serve()
    return HttpResponse(HTML)


def trickle(context: FaultContext, *, seconds: float = 0.05) -> HttpResponse:
    """Send the response in about twenty pieces, `seconds` apart; an empty one as spaces."""
    response = context.serve()
    if not response.content:
        response.status_code, response.content = 200, b" " * (PIECES - 1)
    response.standin_pieces = send_in_pieces(response.content, context, seconds)  # type: ignore[attr-defined]
    return response


def compressed(context: FaultContext, *, encoding: str = "gzip", megabytes: int = 0) -> HttpResponse:
    """Carry out the request, respond with its JSON or so many megabytes of blanks, once a name compressed."""
    response = context.serve()
    pieces: Iterable[bytes] = (b" " * MEGABYTE for _ in range(megabytes)) if megabytes else [response.content]
    for _ in encoding.split(","):
        pieces = compress(pieces)
    response.content, response["Content-Encoding"] = b"".join(pieces), encoding
    return response


def compress(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Gzip, whatever the name of the encoding."""
    gzip = zlib.compressobj(wbits=31)
    yield from map(gzip.compress, pieces)
    yield gzip.flush()


def send_in_pieces(content: bytes, context: FaultContext, seconds: float) -> Iterator[bytes]:
    """Yield one piece after the other."""
    size = len(content) // PIECES + 1
    for start in range(0, len(content), size):
        context.pause(seconds)
        yield content[start : start + size]


KINDS: dict[str, Callable[..., HttpResponse]] = {
    kind.__name__: kind
    for kind in (
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
        compressed,
    )
}
