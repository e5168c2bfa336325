"""The histogram of events per day, loaded separately because it has to count them."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from invites.audit import histogram as histograms
from invites.audit.filters import EventFilter
from portal.accounts.permissions import auditor_required
from portal.web.htmx import SignedInRequest, render_page


@require_safe
@auditor_required
def histogram(request: SignedInRequest) -> HttpResponse:
    """Events per day with the current filters."""
    wanted = EventFilter(request.GET, request.user.workspace_id)
    context = {"filter": wanted, "histogram": histograms.histogram(wanted.chains())}
    return render_page(request, "audit/histogram.html", context, fragment="audit/_histogram.html")
