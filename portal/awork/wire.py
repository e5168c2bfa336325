"""Requests to awork and what came back, with httpx's exceptions turned into ours.

Everything that the portal asks awork goes over one pool of connections of this process, at awork's pace,
and again only where that can repeat nothing.
"""

import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, TypeVar

import httpx
import structlog
from django.conf import settings

from portal.awork import deadline, fields, pace, parse
from portal.awork.breaker import Breaker
from portal.awork.errors import (
    AworkError,
    Forbidden,
    NotFound,
    RateLimited,
    Refused,
    Unclear,
    Unreachable,
)
from portal.awork.shapes import Exchange

CONNECT_SECONDS = 5.0
READ_SECONDS = 15.0
WHOLE_SECONDS = 30.0  # for an answer that trickles in and so never runs into READ_SECONDS
CALL_SECONDS = 50.0  # more than one request can take by these limits, from its leaving to its end
BODY_LIMIT = 4_000_000  # bytes
LONGEST_WAIT = 3600.0  # seconds
PAUSES = (0.2, 0.8)  # seconds before the second and the third try, on average
TRY_SECONDS = 20.0  # after these a request is not begun again
AWAY = frozenset({502, 503, 504})

NEVER_LEFT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)

Shape = TypeVar("Shape")
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Answer:
    """What awork answered; `body` is None where it broke off or was longer than BODY_LIMIT."""

    exchange: Exchange
    status: int
    body: bytes | None = field(repr=False)
    wait: float = 60.0
    description: str = ""


@cache
def _pool() -> httpx.Client:
    """The connections of this process; made at the first request, so after a server has forked."""
    return httpx.Client(
        timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS, pool=CONNECT_SECONDS),
        limits=httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=20),
        headers={"User-Agent": "invitation-desk", "Accept": "application/json"},
        follow_redirects=False,
        # A proxy of the environment is for awork, never for the stand-in on this machine.
        mounts={"all://localhost": None, "all://127.0.0.1": None, "all://[::1]": None},
    )


limits = pace.Pace()
breaker = Breaker()


class Silent(Unclear):
    """Nothing came in time: asking again would take as long once more."""


Outcome = Answer | Unreachable | Unclear


def send(method: str, path: str, *, shown: str = "", **parts: Any) -> Answer:
    """Ask awork; `path` is under AWORK_API_URL, `shown` stands for it in logs, `parts` are httpx's.

    A GET is repeated where the connection failed or awork was away, anything else only where it never
    left. Waits for awork's limits as `pace.patience` allows. Raises `RateLimited` where that is too short,
    `Unreachable` where nothing can have left, or may any more (see `deadline`), `Unclear` where no answer
    came.
    """
    with pace.some_patience():
        return _send(Exchange(method, shown or path), path, parts)


def _send(exchange: Exchange, path: str, parts: dict[str, Any]) -> Answer:
    began, tries = time.monotonic(), 0
    while True:
        outcome = _try(exchange, path, parts)
        if isinstance(outcome, Answer) and outcome.status == httpx.codes.TOO_MANY_REQUESTS:
            if not pace.wait(outcome.wait):
                return outcome
        elif (
            tries < len(PAUSES)
            and _may_repeat(outcome, exchange.method)
            and _since(began) < TRY_SECONDS * 1000
        ):
            time.sleep(PAUSES[tries] * random.uniform(0.5, 1.5))  # noqa: S311  # no secret
            tries += 1
        elif isinstance(outcome, Answer):
            return outcome
        else:
            raise outcome


def _may_repeat(outcome: Outcome, method: str) -> bool:
    if isinstance(outcome, Unreachable):
        return True
    if isinstance(outcome, Answer):
        return method == "GET" and outcome.status in AWAY
    return method == "GET" and not isinstance(outcome, Silent)


def _try(exchange: Exchange, path: str, parts: dict[str, Any]) -> Outcome:
    """One request, if awork is alive and its limits leave room."""
    if not breaker.allows():
        raise Unreachable(exchange)
    delay = limits.take_off()
    if delay:
        raise RateLimited(exchange, delay)
    headers: httpx.Headers = httpx.Headers()
    try:
        if deadline.left() < 0:  # the machine slept, or waited for too long
            raise Unreachable(exchange)
        outcome, headers = _ask(exchange, path, parts)
    finally:
        limits.land(headers)
    breaker.note(answered=isinstance(outcome, Answer) and outcome.status not in AWAY)
    _note(outcome)
    return outcome


def _ask(exchange: Exchange, path: str, parts: dict[str, Any]) -> tuple[Outcome, httpx.Headers]:
    began = time.monotonic()
    try:
        with _pool().stream(exchange.method, settings.AWORK_API_URL + path, **parts) as response:
            body = _read(response, began + WHOLE_SECONDS)
    except NEVER_LEFT:
        return Unreachable(replace(exchange, milliseconds=_since(began))), httpx.Headers()
    except httpx.TimeoutException:
        return Silent(replace(exchange, milliseconds=_since(began))), httpx.Headers()
    except httpx.HTTPError:
        return Unclear(replace(exchange, milliseconds=_since(began))), httpx.Headers()
    exchange = replace(exchange, status=response.status_code, milliseconds=_since(began))
    return _answer(exchange, response.headers, body), response.headers


def check(answer: Answer) -> Answer:
    """The answer if awork did what was asked, else the error that it means."""
    status, exchange = answer.status, answer.exchange
    if status == httpx.codes.TOO_MANY_REQUESTS:
        raise RateLimited(exchange, answer.wait)
    if status == httpx.codes.NOT_FOUND:
        raise NotFound(exchange, answer.description)
    if status == httpx.codes.UNAUTHORIZED:
        raise Forbidden(exchange, answer.description)
    if httpx.codes.is_client_error(status) and status != httpx.codes.REQUEST_TIMEOUT:
        raise Refused(exchange, answer.description)
    if not httpx.codes.is_success(status) or answer.body is None:
        raise Unclear(exchange)
    return answer


def read(answer: Answer, shape: Callable[[fields.JSON], Shape]) -> Shape:
    """The content in the shape we rely on; `Unclear` where it has another."""
    try:
        return shape(json.loads(answer.body or b""))
    except (ValueError, RecursionError):
        raise Unclear(answer.exchange) from None


def done(answer: Answer) -> Exchange:
    """What an answer without content proves; awork sends an empty body (never a page of a proxy)."""
    if answer.body:
        read(answer, fields.mapping)
    return answer.exchange


def _read(response: httpx.Response, end: float) -> bytes | None:
    body = bytearray()
    try:
        for part in response.iter_bytes():
            body += part
            if len(body) > BODY_LIMIT or time.monotonic() > end:
                return None
    except httpx.HTTPError:
        return None
    return bytes(body)


def _answer(exchange: Exchange, headers: httpx.Headers, body: bytes | None) -> Answer:
    status = exchange.status or 0
    if not httpx.codes.is_error(status):
        return Answer(exchange, status, body)
    said = parse.error(body or b"")
    exchange = replace(exchange, code=said.code, trace_id=said.trace_id)
    return Answer(exchange, status, body, _wait(headers), said.description)


def _wait(headers: httpx.Headers) -> float:
    try:
        seconds = float(headers.get("ratelimit-reset", ""))
    except ValueError:
        return 60.0
    return min(max(seconds, 1.0), LONGEST_WAIT) if seconds == seconds else 60.0


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)


def _note(outcome: Outcome) -> None:
    """Log the request by what may be shown of it."""
    exchange = outcome.exchange
    log.info(
        "awork",
        method=exchange.method,
        path=exchange.path,
        status=exchange.status,
        code=exchange.code,
        trace_id=exchange.trace_id,
        milliseconds=exchange.milliseconds,
        failed=type(outcome).__name__ if isinstance(outcome, AworkError) else "",
    )
