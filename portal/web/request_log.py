"""A log line for each request, and its count for `/metrics`."""

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import cast

import structlog
from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponseBase, StreamingHttpResponse

from portal import metrics
from portal.models import User
from portal.web.middleware import Middleware

log = structlog.get_logger(__name__)


class RequestLog(Middleware):
    """Sees every response, also to requests that a later middleware refuses.

    Neither path nor query string is logged, since both can name people: the route says which page it was.
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.monotonic()
        response = self.get_response(request)
        seconds = time.monotonic() - started
        metrics.REQUEST_SECONDS.labels(response.status_code).observe(seconds)
        line = {"method": request.method, "route": _route(request), "status": response.status_code}
        is_probe = request.path_info in settings.MONITORING_PATHS
        (log.debug if is_probe else log.info)(
            "request", **line, milliseconds=round(seconds * 1000), person=_person(request)
        )
        if isinstance(response, StreamingHttpResponse) and not isinstance(response, FileResponse):
            content = cast(Iterable[bytes], response.streaming_content)
            response.streaming_content = _watched(content, line)
        return response


def _route(request: HttpRequest) -> str:
    """The name of the URL; empty for static files and what isn't there."""
    return (request.resolver_match and request.resolver_match.url_name) or ""


def _person(request: HttpRequest) -> str | None:
    """The awork id of who is signed in, if the request asked for that: this asks no database."""
    user = getattr(request, "_cached_user", None)
    return str(user.awork_id) if isinstance(user, User) else None


def _watched(content: Iterable[bytes], line: Mapping[str, object]) -> Iterator[bytes]:
    """The parts of a response; an error among them comes too late for an error page, and is logged."""
    try:
        yield from content
    except Exception as problem:
        log.exception("the response broke off", **line)
        problem.is_logged = True  # type: ignore[attr-defined]  # the server needn't log it too
        raise
