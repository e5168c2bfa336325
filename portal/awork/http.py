"""Sends requests to awork: one connection pool, rate limits, retries where they are safe, and our errors."""

import json
import random
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, TypeVar

import httpx
import structlog
from django.conf import settings

from portal import metrics
from portal.awork import timeouts
from portal.awork.errors import (
    TRACE_LENGTH,
    AworkError,
    AworkRefused,
    FirewallBlocked,
    Forbidden,
    NotFound,
    TooManyRequests,
    Unclear,
    Unreachable,
    parse_error,
)
from portal.awork.fields import JSON, header_number, mapping, text
from portal.awork.rate_limit import CircuitBreaker, RateLimiter
from portal.awork.schemas import Exchange

MAX_BODY_BYTES = 4_000_000
MAX_WAIT_SECONDS = 3600
DEFAULT_WAIT_SECONDS = 60.0  # after a 429 that doesn't say how long
UNCOMPRESSED = "identity"
GATEWAY_ERRORS = frozenset({502, 503, 504})
REFUSALS: dict[int, type[AworkRefused]] = {401: Forbidden, 404: NotFound}
NOT_SENT_ERRORS = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)

Schema = TypeVar("Schema")
log = structlog.get_logger(__name__)
rate_limiter = RateLimiter()
breaker = CircuitBreaker()


class ReadTimeout(Unclear):
    """No response in time. Not retried, since a retry would take as long again."""


@dataclass(frozen=True)
class AworkResponse:
    """A response; `body` is None if it broke off, was compressed, or longer than MAX_BODY_BYTES."""

    exchange: Exchange
    status: int
    body: bytes | None = field(repr=False)
    wait: float = DEFAULT_WAIT_SECONDS
    description: str = ""

    def raise_for_status(self) -> None:
        """Raise the error that an unsuccessful response stands for."""
        if self.exchange.edge_ref:
            raise FirewallBlocked(self.exchange)
        if self.status == httpx.codes.TOO_MANY_REQUESTS:
            raise TooManyRequests(self.exchange, self.wait)
        if httpx.codes.is_client_error(self.status) and self.status != httpx.codes.REQUEST_TIMEOUT:
            raise REFUSALS.get(self.status, AworkRefused)(self.exchange, self.description)
        if not httpx.codes.is_success(self.status) or self.body is None:
            raise Unclear(self.exchange)

    def json(self, parser: Callable[[JSON], Schema]) -> Schema:
        """The parsed body of a successful response; raises `Unclear` if it is not what `parser` expects."""
        self.raise_for_status()
        try:
            return parser(json.loads(self.body or b""))
        except (ValueError, RecursionError):
            raise Unclear(self.exchange) from None

    def no_content(self) -> Exchange:
        """The exchange of a successful call that returns nothing; a proxy's HTML page is `Unclear`."""
        self.raise_for_status()
        if self.body:
            self.json(mapping)
        return self.exchange


Result = AworkResponse | Unreachable | Unclear


def send(method: str, path: str, *, shown: str = "", **options: Any) -> AworkResponse:
    """Send a request to `path` under AWORK_API_URL; `shown` replaces the path in logs, `options` are httpx's.

    Retries a GET after a failed connection or a gateway error, other methods only if nothing was sent. Waits
    for awork's rate limits within the wait budget (see `timeouts`), then raises `TooManyRequests`. Raises
    `Unreachable` if the request was not sent, `Unclear` if no response came.
    """
    exchange, budget = Exchange(method, shown or path), timeouts.current_wait_budget()
    started, retries = time.monotonic(), iter(timeouts.RETRY_DELAYS)
    while True:
        result = _attempt(exchange, path, options, budget)
        if isinstance(result, AworkResponse) and result.status == httpx.codes.TOO_MANY_REQUESTS:
            if not budget.sleep(result.wait):
                return result
        elif _may_retry(result, method, started) and (delay := next(retries, None)):
            time.sleep(delay * random.uniform(*timeouts.RETRY_JITTER))  # noqa: S311  # no secret
        elif isinstance(result, AworkResponse):
            return result
        else:
            raise result


def _may_retry(result: Result, method: str, started: float) -> bool:
    if time.monotonic() - started >= timeouts.retry_window():
        return False
    if isinstance(result, AworkResponse):
        return method == "GET" and result.status in GATEWAY_ERRORS
    return isinstance(result, Unreachable) or (method == "GET" and not isinstance(result, ReadTimeout))


def _attempt(exchange: Exchange, path: str, options: dict[str, Any], budget: timeouts.WaitBudget) -> Result:
    """One request, if the breaker and the rate limits allow it."""
    if not breaker.allows():
        raise Unreachable(exchange)
    if delay := rate_limiter.acquire(budget, is_background=timeouts.is_background()):
        raise TooManyRequests(exchange, delay)
    headers = httpx.Headers()
    try:
        if timeouts.seconds_left() < 0:  # waited too long, or the machine slept
            raise Unreachable(exchange)
        result, headers = _request(exchange, path, options)
    finally:
        rate_limiter.release(headers)
    breaker.record(answered=isinstance(result, AworkResponse) and result.status not in GATEWAY_ERRORS)
    failure = type(result).__name__ if isinstance(result, AworkError) else ""
    log.info("awork", **asdict(result.exchange), failed=failure)
    outcome = failure or _status_class(result.exchange.status or 0)
    seconds = (result.exchange.milliseconds or 0) / 1000
    metrics.AWORK_SECONDS.labels(exchange.method, outcome).observe(seconds)
    return result


def _status_class(status: int) -> str:
    return str(status) if status == httpx.codes.TOO_MANY_REQUESTS else f"{status // 100}xx"


def _request(exchange: Exchange, path: str, options: dict[str, Any]) -> tuple[Result, httpx.Headers]:
    started = time.monotonic()

    def ended(status: int | None = None) -> Exchange:
        return replace(exchange, status=status, milliseconds=round((time.monotonic() - started) * 1000))

    try:
        options |= timeouts.brief_options()
        with _client().stream(exchange.method, settings.AWORK_API_URL + path, **options) as response:
            body = _read(response, started + timeouts.total_seconds())
    except NOT_SENT_ERRORS:
        return Unreachable(ended()), httpx.Headers()
    except httpx.TimeoutException:
        return ReadTimeout(ended()), httpx.Headers()
    except httpx.HTTPError:
        return Unclear(ended()), httpx.Headers()
    return _response(ended(response.status_code), response.headers, body), response.headers


def _read(response: httpx.Response, end: float) -> bytes | None:
    """The body as it was sent. Compressed, a few bytes could become gigabytes, so we ask for none such."""
    if response.headers.get("Content-Encoding", UNCOMPRESSED).lower() != UNCOMPRESSED:
        return None
    body = bytearray()
    try:
        for part in response.iter_raw():
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
    error = parse_error(body or b"")
    exchange = replace(exchange, code=error.code, trace_id=error.trace_id)
    if status == httpx.codes.FORBIDDEN and (edge_ref := text(headers.get("X-Edge-Ref"), TRACE_LENGTH)):
        trace_id = text(headers.get("Trace-Id"), TRACE_LENGTH)
        exchange = replace(exchange, edge_ref=edge_ref, trace_id=trace_id or error.trace_id)
    return AworkResponse(exchange, status, body, _retry_after(headers), error.description)


def _retry_after(headers: httpx.Headers) -> float:
    found = (
        header_number(headers, name, least=1, most=MAX_WAIT_SECONDS)
        for name in ("ratelimit-reset", "Retry-After")
    )
    return next((seconds for seconds in found if seconds), DEFAULT_WAIT_SECONDS)


@cache
def _client() -> httpx.Client:
    """The connection pool of this process, made at the first request: after a server has forked."""
    return httpx.Client(
        timeout=httpx.Timeout(
            timeouts.READ_SECONDS, connect=timeouts.CONNECT_SECONDS, pool=timeouts.CONNECT_SECONDS
        ),
        limits=httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=20),
        headers={
            "User-Agent": "invitation-desk",
            "Accept": "application/json",
            "Accept-Encoding": UNCOMPRESSED,
        },
        follow_redirects=False,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # all users share this client
        # A proxy of the environment is for awork, never for the stand-in on this machine.
        mounts={"all://localhost": None, "all://127.0.0.1": None, "all://[::1]": None},
    )
