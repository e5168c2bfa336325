"""`/metrics`, for Prometheus."""

from django.conf import settings
from django.http import HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from invites.metrics import facts
from portal.accounts.permissions import public
from portal.metrics import counted
from portal.web import proxies
from portal.web.htmx import Request


@require_safe
@public
def metrics(request: Request) -> HttpResponse:
    """The facts of the database, and what this process counted.

    For who knows METRICS_TOKEN; without that setting, for this machine, but not through a proxy on it.
    """
    if settings.METRICS_TOKEN:
        if not _has_token(request):
            return HttpResponse("a token is needed", status=401, headers={"WWW-Authenticate": "Bearer"})
    elif not proxies.is_local(request):
        return HttpResponse("only for this machine, unless METRICS_TOKEN is set", status=403)
    return HttpResponse(facts() + counted(), content_type=CONTENT_TYPE_LATEST)


def _has_token(request: Request) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and constant_time_compare(token.strip(), settings.METRICS_TOKEN)
