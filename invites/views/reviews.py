"""`/reviews/`: the reviews that ask you, or those of the workspace."""

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from invites.models import Review
from invites.reviews.progress import progress_of
from portal.accounts.permissions import member_required
from portal.web.htmx import SignedInRequest, render_page
from portal.web.pagination import KeysetPaginator

PAGES: KeysetPaginator[Review] = KeysetPaginator(("started_at", "id"), 30)


@require_safe
@member_required
def reviews(request: SignedInRequest) -> HttpResponse:
    """One page of them, newest first."""
    shown = PAGES.page(Review.visible_to(request.user).select_related("started_by"), request.GET.dict())
    above, below = PAGES.parameters
    context = {
        "rows": progress_of(shown.rows, request.user),
        "newer": reverse("reviews", query={above: shown.newer}) if shown.newer else "",
        "older": reverse("reviews", query={below: shown.older}) if shown.older else "",
    }
    return render_page(request, "reviews/reviews.html", context)
