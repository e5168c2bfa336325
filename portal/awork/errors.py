"""The closed set of what can go wrong at awork; httpx's own exceptions stay behind the door."""

from portal.awork.schemas import Exchange


class AworkError(Exception):
    """Something went wrong with one request; `exchange` is what the log may keep of it.

    `left` tells whether the request may have reached awork and had its effect.
    """

    left = False

    def __init__(self, exchange: Exchange, description: str = "") -> None:
        super().__init__(f"{exchange.method} {exchange.path}: {type(self).__name__} {exchange.status}")
        self.exchange = exchange
        self.description = description


class AworkRefused(AworkError):
    """awork answered no (4xx) and said why: `exchange.code`, `description`. Again is no help."""


class NotFound(AworkRefused):
    """awork does not know it, or not for this person (404)."""


class Forbidden(AworkRefused):
    """The person may not (awork says 401 for this too, so `/me` was asked and still answered)."""


class SignInExpired(AworkError):
    """The token no longer works and could not be renewed: the person has to sign in again."""


class TooManyRequests(AworkError):
    """Too many requests (429); nothing was done. Try again after `wait` seconds."""

    def __init__(self, exchange: Exchange, wait: float = 60.0) -> None:
        super().__init__(exchange)
        self.wait = wait


class Unreachable(AworkError):
    """The request provably never left: no connection. Again is safe."""


class Unclear(AworkError):
    """The request left and no usable answer came: silence, a broken answer, or 5xx."""

    left = True
