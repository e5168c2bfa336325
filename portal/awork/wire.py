"""Requests to awork and what came back, with httpx's exceptions turned into ours.

Everything that the portal asks awork goes over one pool of connections of this process.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, TypeVar

import httpx
import structlog
from django.conf import settings

from portal.awork import fields, parse
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
BODY_LIMIT = 4_000_000  # bytes
LONGEST_WAIT = 3600.0  # seconds

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


def send(method: str, path: str, *, shown: str = "", **parts: Any) -> Answer:
    """Ask awork once; `path` is under AWORK_API_URL, `shown` stands for it in logs, `parts` are httpx's.

    Raises `Unreachable` where nothing can have left, `Unclear` where no answer came.
    """
    exchange = Exchange(method, shown or path)
    began = time.monotonic()
    try:
        with _pool().stream(method, settings.AWORK_API_URL + path, **parts) as response:
            body = _read(response, began + WHOLE_SECONDS)
    except NEVER_LEFT:
        raise _noted(Unreachable(replace(exchange, milliseconds=_since(began)))) from None
    except httpx.HTTPError:
        raise _noted(Unclear(replace(exchange, milliseconds=_since(began)))) from None
    exchange = replace(exchange, status=response.status_code, milliseconds=_since(began))
    return _noted(_answer(exchange, response.headers, body))


def check(answer: Answer) -> Answer:
    """The answer if awork did what was asked, else the error that it means."""
    status, exchange = answer.status, answer.exchange
    if status == httpx.codes.TOO_MANY_REQUESTS:
        raise RateLimited(exchange, answer.wait)
    if status == httpx.codes.NOT_FOUND:
        raise NotFound(exchange, answer.description)
    if status == httpx.codes.UNAUTHORIZED:
        raise Forbidden(exchange, answer.description)
    if httpx.codes.is_client_error(status):
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


Noted = TypeVar("Noted", Answer, Unreachable, Unclear)


def _noted(result: Noted) -> Noted:
    """Log the request by what may be shown of it."""
    exchange = result.exchange
    log.info(
        "awork",
        method=exchange.method,
        path=exchange.path,
        status=exchange.status,
        code=exchange.code,
        trace_id=exchange.trace_id,
        milliseconds=exchange.milliseconds,
        failed=type(result).__name__ if isinstance(result, AworkError) else "",
    )
    return result
