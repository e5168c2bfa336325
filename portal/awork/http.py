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

from portal.awork import fields, parse, rate_limit
from portal.awork.breaker import Breaker
from portal.awork.errors import (
    AworkError,
    AworkRefused,
    Forbidden,
    NotFound,
    TooManyRequests,
    Unclear,
    Unreachable,
)
from portal.awork.schemas import Exchange

CONNECT_SECONDS = 5.0
READ_SECONDS = 15.0
TOTAL_SECONDS = 30.0  # for an answer that trickles in and so never runs into READ_SECONDS
CALL_SECONDS = 50.0  # more than one request can take by these limits, from its leaving to its end
MAX_BODY_BYTES = 4_000_000  # bytes
MAX_WAIT_SECONDS = 3600.0  # seconds
RETRY_DELAYS = (0.2, 0.8)  # seconds before the second and the third try, on average
RETRY_WINDOW_SECONDS = 20.0  # after these a request is not begun again
GATEWAY_ERRORS = frozenset({502, 503, 504})

NOT_SENT_ERRORS = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)

Schema = TypeVar("Schema")
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class AworkResponse:
    """What awork answered; `body` is None where it broke off or was longer than BODY_LIMIT."""

    exchange: Exchange
    status: int
    body: bytes | None = field(repr=False)
    wait: float = 60.0
    description: str = ""


@cache
def _client() -> httpx.Client:
    """The connections of this process; made at the first request, so after a server has forked."""
    return httpx.Client(
        timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS, pool=CONNECT_SECONDS),
        limits=httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=20),
        headers={"User-Agent": "invitation-desk", "Accept": "application/json"},
        follow_redirects=False,
        # A proxy of the environment is for awork, never for the stand-in on this machine.
        mounts={"all://localhost": None, "all://127.0.0.1": None, "all://[::1]": None},
    )


rate_limiter = rate_limit.RateLimiter()
breaker = Breaker()


class ReadTimeout(Unclear):
    """Nothing came in time: asking again would take as long once more."""


Result = AworkResponse | Unreachable | Unclear


def send(method: str, path: str, *, shown: str = "", **parts: Any) -> AworkResponse:
    """Ask awork; `path` is under AWORK_API_URL, `shown` stands for it in logs, `parts` are httpx's.

    A GET is repeated where the connection failed or awork was away, anything else only where it never
    left. Waits for awork's limits as `rate_limit.wait_budget` allows. Raises `TooManyRequests` where that is
    too short, `Unreachable` where it did not leave or its deadline passed (`rate_limit.send_deadline`),
    `Unclear` where no answer came.
    """
    with rate_limit.default_wait_budget():
        return _send(Exchange(method, shown or path), path, parts)


def _send(exchange: Exchange, path: str, parts: dict[str, Any]) -> AworkResponse:
    began, tries = time.monotonic(), 0
    while True:
        outcome = _attempt(exchange, path, parts)
        if isinstance(outcome, AworkResponse) and outcome.status == httpx.codes.TOO_MANY_REQUESTS:
            if not rate_limit.sleep_within_budget(outcome.wait):
                return outcome
        elif (
            tries < len(RETRY_DELAYS)
            and _may_repeat(outcome, exchange.method)
            and _elapsed_ms(began) < RETRY_WINDOW_SECONDS * 1000
        ):
            time.sleep(RETRY_DELAYS[tries] * random.uniform(0.5, 1.5))  # noqa: S311  # no secret
            tries += 1
        elif isinstance(outcome, AworkResponse):
            return outcome
        else:
            raise outcome


def _may_repeat(outcome: Result, method: str) -> bool:
    if isinstance(outcome, Unreachable):
        return True
    if isinstance(outcome, AworkResponse):
        return method == "GET" and outcome.status in GATEWAY_ERRORS
    return method == "GET" and not isinstance(outcome, ReadTimeout)


def _attempt(exchange: Exchange, path: str, parts: dict[str, Any]) -> Result:
    """One request, if awork is alive and its limits leave room."""
    if not breaker.allows():
        raise Unreachable(exchange)
    delay = rate_limiter.acquire()
    if delay:
        raise TooManyRequests(exchange, delay)
    headers: httpx.Headers = httpx.Headers()
    try:
        if rate_limit.seconds_left() < 0:  # the machine slept, or waited for too long
            raise Unreachable(exchange)
        outcome, headers = _request(exchange, path, parts)
    finally:
        rate_limiter.land(headers)
    breaker.record(answered=isinstance(outcome, AworkResponse) and outcome.status not in GATEWAY_ERRORS)
    _log(outcome)
    return outcome


def _request(exchange: Exchange, path: str, parts: dict[str, Any]) -> tuple[Result, httpx.Headers]:
    began = time.monotonic()
    try:
        with _client().stream(exchange.method, settings.AWORK_API_URL + path, **parts) as response:
            body = _read(response, began + TOTAL_SECONDS)
    except NOT_SENT_ERRORS:
        return Unreachable(replace(exchange, milliseconds=_elapsed_ms(began))), httpx.Headers()
    except httpx.TimeoutException:
        return ReadTimeout(replace(exchange, milliseconds=_elapsed_ms(began))), httpx.Headers()
    except httpx.HTTPError:
        return Unclear(replace(exchange, milliseconds=_elapsed_ms(began))), httpx.Headers()
    exchange = replace(exchange, status=response.status_code, milliseconds=_elapsed_ms(began))
    return _response(exchange, response.headers, body), response.headers


def raise_for_status(answer: AworkResponse) -> AworkResponse:
    """The answer if awork did what was asked, else the error that it means."""
    status, exchange = answer.status, answer.exchange
    if status == httpx.codes.TOO_MANY_REQUESTS:
        raise TooManyRequests(exchange, answer.wait)
    if status == httpx.codes.NOT_FOUND:
        raise NotFound(exchange, answer.description)
    if status == httpx.codes.UNAUTHORIZED:
        raise Forbidden(exchange, answer.description)
    if httpx.codes.is_client_error(status) and status != httpx.codes.REQUEST_TIMEOUT:
        raise AworkRefused(exchange, answer.description)
    if not httpx.codes.is_success(status) or answer.body is None:
        raise Unclear(exchange)
    return answer


def decode(answer: AworkResponse, shape: Callable[[fields.JSON], Schema]) -> Schema:
    """The content in the shape we rely on; `Unclear` where it has another."""
    try:
        return shape(json.loads(answer.body or b""))
    except (ValueError, RecursionError):
        raise Unclear(answer.exchange) from None


def confirm(answer: AworkResponse) -> Exchange:
    """What an answer without content proves; awork sends an empty body (never a page of a proxy)."""
    if answer.body:
        decode(answer, fields.mapping)
    return answer.exchange


def _read(response: httpx.Response, end: float) -> bytes | None:
    body = bytearray()
    try:
        for part in response.iter_bytes():
            body += part
            if len(body) > MAX_BODY_BYTES or time.monotonic() > end:
                return None
    except httpx.HTTPError:
        return None
    return bytes(body)


def _response(exchange: Exchange, headers: httpx.Headers, body: bytes | None) -> AworkResponse:
    status = exchange.status or 0
    if not httpx.codes.is_error(status):
        return AworkResponse(exchange, status, body)
    said = parse.error(body or b"")
    exchange = replace(exchange, code=said.code, trace_id=said.trace_id)
    return AworkResponse(exchange, status, body, _retry_after(headers), said.description)


def _retry_after(headers: httpx.Headers) -> float:
    try:
        seconds = float(headers.get("ratelimit-reset", ""))
    except ValueError:
        return 60.0
    return min(max(seconds, 1.0), MAX_WAIT_SECONDS) if seconds == seconds else 60.0


def _elapsed_ms(began: float) -> int:
    return round((time.monotonic() - began) * 1000)


def _log(outcome: Result) -> None:
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
