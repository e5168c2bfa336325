"""Everything that can go wrong with a call to awork; httpx's exceptions stay inside `portal.awork.http`."""

import json
from dataclasses import dataclass

from portal.awork.fields import Object, mapping, text
from portal.awork.schemas import Exchange

CODE_LENGTH = 100  # characters
TRACE_LENGTH = 100
DESCRIPTION_LENGTH = 2000


class AworkError(Exception):
    """A call failed. `exchange` is safe to log, `description` (what awork says to the person) is not."""

    def __init__(self, exchange: Exchange, description: str = "") -> None:
        super().__init__(f"{exchange.method} {exchange.path}: {type(self).__name__} {exchange.status}")
        self.exchange = exchange
        self.description = description


class AworkRefused(AworkError):
    """awork rejected the request (4xx); `exchange.code` and `description` say why. A retry won't help."""


class NotFound(AworkRefused):
    """It doesn't exist, or this person may not see it (404)."""


class Forbidden(AworkRefused):
    """The person lacks a permission. awork answers 401 here too; the token itself still works."""


class SignInExpired(AworkError):
    """The token no longer works and could not be refreshed: the person has to sign in again."""


class ClientRejected(AworkError):
    """awork rejects the client of the settings: nothing was done, and nobody's tokens are at fault."""


class TooManyRequests(AworkError):
    """Rate limit reached (429), nothing was done. Retry after `wait` seconds."""

    def __init__(self, exchange: Exchange, wait: float = 60.0) -> None:
        super().__init__(exchange)
        self.wait = wait


class Unreachable(AworkError):
    """The request was certainly not sent, so it can safely be retried."""


class FirewallBlocked(Unreachable):
    """awork's firewall blocked the request (403), so it never reached the API. It may block it again."""


class Unclear(AworkError):
    """The request was sent, and may have had its effect, but no usable response came: a timeout or 5xx."""


@dataclass(frozen=True)
class ErrorBody:
    """The body of an error response; "" for what is missing or unreadable."""

    code: str = ""
    description: str = ""
    trace_id: str = ""


def parse_error(body: bytes) -> ErrorBody:
    """awork's error object; OAuth endpoints have `error` in place of `code`."""
    try:
        found = mapping(json.loads(body))
        return ErrorBody(
            code=text(found.get("code") or found.get("error"), CODE_LENGTH),
            description=text(_description(found), DESCRIPTION_LENGTH),
            trace_id=text(found.get("traceId"), TRACE_LENGTH),
        )
    except (ValueError, RecursionError):
        return ErrorBody()


def _description(found: Object) -> str:
    """The description, followed by the messages about single fields."""
    errors = found.get("validationErrors")
    messages = (
        [error.get("message") for error in errors if isinstance(error, dict)]
        if isinstance(errors, list)
        else []
    )
    return " ".join(part for part in [found.get("description"), *messages] if part and isinstance(part, str))
