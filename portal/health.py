"""What monitoring asks: whether the process is alive, and whether it can serve."""

import structlog
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from portal import readiness
from portal.accounts.permissions import public
from portal.web.htmx import Request

log = structlog.get_logger(__name__)


@require_safe
@public
def livez(request: Request) -> HttpResponse:
    """`ok`: the process answers. Asks nothing else, so a restart can't be the answer to a lost database."""
    return _text("ok")


@require_safe
@public
def readyz(request: Request) -> HttpResponse:
    """`ok` if pages can be served; else 503 and why. `/healthz` is another name for it."""
    try:
        readiness.check()
    except readiness.NotReady as problem:
        (log.error if problem.needs_operator else log.warning)("not ready", problem=str(problem))
        response = _text(f"{problem} (request ID {request.request_id})", status=503)
        response._has_been_logged = True  # type: ignore[attr-defined]  # or Django logs it as a failed page
        return response
    return _text("ok")


def _text(text: str, *, status: int = 200) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain")
