"""The histogram of events per day, loaded separately because it has to count them."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from invites.audit import histogram as histograms
from invites.audit.filters import EventFilter
from portal.accounts.permissions import auditor_required
from portal.actor import PORTAL_WORKSPACE
from portal.web.htmx import SignedInRequest, render_page


@require_safe
@auditor_required
def histogram(request: SignedInRequest) -> HttpResponse:
    """Events per day with the current filters."""
    wanted = EventFilter(request.GET, request.user.workspace_id)
    if wanted.is_valid() and not wanted.active:
        found = histograms.chains_histogram((request.user.workspace_id, PORTAL_WORKSPACE))
    else:
        found = histograms.histogram(wanted.chains())
    context = {"filter": wanted, "histogram": found}
    return render_page(request, "audit/histogram.html", context, fragment="audit/_histogram.html")
