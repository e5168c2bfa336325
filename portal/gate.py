"""What is turned away: too large before a page begins to work on it, too often whenever that shows."""

from collections.abc import Callable
from math import ceil

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from portal.limits import TooMany

Handler = Callable[[HttpRequest], HttpResponseBase]


class BoundedBody:
    """Answers 413 to whatever says that it is too large, without reading it.

    A body that does not say how long it is counts as empty.
    """

    def __init__(self, handler: Handler) -> None:
        self.handler = handler

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if _length(request) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return render(request, "413.html", status=413)
        return self.handler(request)


def _length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        raise BadRequest("The length is no number.") from None


class TooOften:
    """Answers 429 where a limit is spent, and says when to try again."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.handler(request)

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        if not isinstance(problem, TooMany):
            return None
        response = render(request, "429.html", {"minutes": ceil(problem.wait / 60)}, status=429)
        response["Retry-After"] = str(problem.wait)
        return response
