"""`/reviews/start/`: what a review would ask, and start it."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from invites.models import Review
from invites.reviews.form import NOBODY, StartForm
from invites.reviews.start import AlreadyOpen, NobodyToReview, start
from portal import actor
from portal.accounts.permissions import administrator_required
from portal.web.htmx import SignedInRequest, render_page


@require_http_methods(["GET", "HEAD", "POST"])
@administrator_required
def start_review(request: SignedInRequest) -> HttpResponseBase:
    """A GET with the fields counts guests and sponsors; a POST starts what it counted."""
    data = request.POST if request.method == "POST" else request.GET or None
    form = StartForm(data, request.user)
    seen = form.preview()
    if request.method == "POST" and seen and form.is_confirmed(seen):
        review = _start(request, form)
        if review:
            messages.success(request, _("The review was started. Sponsors find it under Guests, Reviews."))
            return redirect(review)
    context = {"form": form, "preview": seen}
    status = 422 if request.method == "POST" else 200
    return render_page(request, "reviews/start.html", context, status=status)


def _start(request: SignedInRequest, form: StartForm) -> Review | None:
    try:
        return start(form.plan, user=request.user, by=actor.for_request(request))
    except NobodyToReview:
        form.add_error(None, NOBODY)
    except AlreadyOpen:
        form.add_error("project", _("A review of these guests is open already. Close it first."))
    return None
