"""The health check."""

from django.db import DatabaseError, connection
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from portal.accounts.permissions import public
from portal.web.htmx import Request


@require_safe
@public
def healthz(request: Request) -> HttpResponse:
    """`ok` while the database answers, 503 while it does not."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        text = f"the database does not answer (request ID {request.request_id})"
        return HttpResponse(text, status=503, content_type="text/plain")
    return HttpResponse("ok", content_type="text/plain")
