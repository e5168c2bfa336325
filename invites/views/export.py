"""`/invitations/export.csv`, `/guests/export.csv` and their siblings: lists for spreadsheets."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from invites import export
from invites.filters import InvitationFilter
from invites.guests import export as guests_export
from invites.guests.filters import GuestFilter
from invites.models import Batch, Review
from invites.reviews.page import ReviewPage
from invites.reviews.report import report_rows
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
    return _file(request, "invitations", export.rows(filters, by=by))


@require_safe
@member_required
def batch_as_csv(request: SignedInRequest, batch_id: UUID) -> HttpResponseBase:
    """Export the lines of a batch that this user may see, each with its outcome so far."""
    batch = get_object_or_404(Batch.visible_to(request.user), id=batch_id)
    by = actor.for_request(request)
    rate_limits.hit(rate_limits.EXPORT, by=by)
    return _file(request, "batch", export.batch_rows(batch, by=by))


@require_safe
@member_required
def guests_as_csv(request: SignedInRequest) -> HttpResponseBase:
    """Export the guests that this user may see and that match the filters."""
    filters = GuestFilter(request.GET, request.user)
    if not filters.is_valid():
        return redirect(f"{reverse('guests')}?{request.GET.urlencode()}")
    by = actor.for_request(request)
    rate_limits.hit(rate_limits.EXPORT, by=by)
    return _file(request, "guests", guests_export.rows(filters, by=by))


@require_safe
@member_required
def review_as_csv(request: SignedInRequest, review_id: UUID) -> HttpResponseBase:
    """Export the report of a review, with the guests that this user sees in it."""
    review = get_object_or_404(Review.visible_to(request.user), id=review_id)
    by = actor.for_request(request)
    rate_limits.hit(rate_limits.EXPORT, by=by)
    page = ReviewPage(review, request.user, request.GET.get("sponsor", ""))
    return _file(request, "review", report_rows(page, by=by))


def _file(request: HttpRequest, name: str, rows: Iterator[list[Any]]) -> StreamingHttpResponse:
    lines = csv.lines(csv.with_end(rows), csv.Separator.named(request.GET.get("separator")))
    return StreamingHttpResponse(
        lines,
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}-{timezone.now():%Y-%m-%d-%H%M%S}.csv"',
            "Cache-Control": "no-store",
        },
    )
