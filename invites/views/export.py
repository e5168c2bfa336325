"""`/invitations/export.csv`: what the filters of the list show, for spreadsheets."""

from django.http import HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from invites import export
from invites.filters import InvitationFilter
from portal import actor
from portal.accounts.permissions import member_required
from portal.web import csv, rate_limits
from portal.web.htmx import SignedInRequest


@require_safe
@member_required
def as_csv(request: SignedInRequest) -> HttpResponseBase:
    """Export the invitations that this user may see and that match the filters."""
    filters = InvitationFilter(request.GET, request.user)
    if not filters.is_valid():
        return redirect(f"{reverse('invitations')}?{request.GET.urlencode()}")
    by = actor.for_request(request)
    rate_limits.hit(rate_limits.EXPORT, by=by)
    lines = csv.lines(export.rows(filters, by=by), csv.Separator.named(request.GET.get("separator")))
    name = f"invitations-{timezone.now():%Y-%m-%d-%H%M%S}.csv"
    return StreamingHttpResponse(
        lines,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )
