"""A reference for each request: error pages tell it, and every line of the log has it."""

import secrets
from collections.abc import Callable
from typing import Any

from django.core.signals import request_finished
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponseBase
from structlog.contextvars import bind_contextvars, get_contextvars, unbind_contextvars

HEADER = "X-Reference"
BYTES = 5  # short enough to be read out, and hardly ever the same twice in a log


class Reference:
    """Gives the request its reference; what the client calls it plays no part."""

    def __init__(self, handler: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.handler = handler

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        reference = secrets.token_hex(BYTES)
        bind_contextvars(reference=reference)
        response = self.handler(request)
        response[HEADER] = reference
        return response


@receiver(request_finished)
def forget(**_: Any) -> None:
    """Not before the answer is out: Django notes a page that was not found when all middleware is left."""
    unbind_contextvars("reference")


def current() -> str:
    """The reference of the request at hand; "" outside of requests."""
    return str(get_contextvars().get("reference", ""))
