"""`/reviews/<id>/close/` and `/reviews/<id>/call-off/`: end a review before its day."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from invites.models import Review
from invites.reviews import close
from invites.reviews.progress import progress_of
from portal import actor
from portal.accounts.permissions import administrator_required
from portal.web.htmx import SignedInRequest, render_page

CLOSED = gettext_lazy("The review was closed.")
CALLED_OFF = gettext_lazy("The review was called off.")


@require_http_methods(["GET", "HEAD", "POST"])
@administrator_required
def close_early(request: SignedInRequest, review_id: UUID) -> HttpResponseBase:
    """Ask to confirm; a POST closes it, as on its last day."""
    return _end(request, review_id, close.close, CLOSED, "reviews/close.html")


@require_http_methods(["GET", "HEAD", "POST"])
@administrator_required
def call_off(request: SignedInRequest, review_id: UUID) -> HttpResponseBase:
    """Ask to confirm; after a POST nobody is asked any more."""
    return _end(request, review_id, close.call_off, CALLED_OFF, "reviews/call_off.html")


def _end(
    request: SignedInRequest, review_id: UUID, verb: Callable[..., bool], done: Promise, template: str
) -> HttpResponseBase:
    review = get_object_or_404(Review.visible_to(request.user), id=review_id)
    if request.method == "POST":
        if verb(review.pk, by=actor.for_request(request), user=request.user):
            messages.success(request, str(done))
            return redirect(review)
        review.refresh_from_db()
    if not review.is_open:
        messages.info(request, _("This review isn't open any more."))
        return redirect(review)
    [progress] = progress_of([review], request.user)
    return render_page(request, template, {"review": review, "progress": progress})
