"""`/audit/`: filters, a page of events, and the last verification."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from invites.audit import checkpoints, presenters, refusals
from invites.audit.filters import EventFilter
from portal.accounts.permissions import auditor_required
from portal.web.htmx import SignedInRequest, render_page
from portal.web.pagination import NEWER, OLDER


@require_safe
@auditor_required
def events(request: SignedInRequest) -> HttpResponse:
    """The events of the reader's workspace, newest first."""
    refusals.record_omitted(request.user.workspace_id)
    wanted = EventFilter(request.GET, request.user.workspace_id)
    page = wanted.paginator.merged_page(wanted.chains(), request.GET.dict())
    context = {
        "filter": wanted,
        "rows": presenters.present(page.rows),
        "verified": presenters.last_verification(request.user.workspace_id),
        "public_key": checkpoints.public_key(),
        "newer": wanted.url((NEWER, page.newer)),
        "older": wanted.url((OLDER, page.older)),
    }
    return render_page(request, "audit/events.html", context, fragment="audit/_events.html")
