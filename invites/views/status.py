"""`/status/`: whether the desk works, for administrators."""

from django.conf import settings
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from invites import operations
from invites.status import describe, describe_updates
from portal.accounts.permissions import administrator_required
from portal.web.htmx import SignedInRequest, render_page


@require_safe
@administrator_required
def status(request: SignedInRequest) -> HttpResponse:
    """Workers, duties, queue, unclear invitations, audit log and version."""
    lines = list(describe(operations.read(request.user.workspace_id)))
    context = {
        "attention": [line for line in lines if line.needs_attention],
        "fine": [line for line in lines if not line.needs_attention],
        "version": settings.VERSION,
        "updates": describe_updates(request.user.workspace_id),
    }
    return render_page(request, "invites/status.html", context)
