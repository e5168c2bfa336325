"""`/reviews/<id>/`: the guests that you are asked about, and how far the review is."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from invites.models import Guest, Review, ReviewItem
from invites.reviews import answers
from invites.reviews.decide import decide
from invites.reviews.describe import sentences
from invites.reviews.page import ReviewPage
from invites.reviews.progress import by_sponsor, progress_of
from portal import actor
from portal.accounts.permissions import inviter_required, member_required
from portal.web import form_recovery
from portal.web.htmx import SignedInRequest, render_page
from portal.web.pagination import NEWER, OLDER, KeysetPaginator

GUESTS: KeysetPaginator[Guest] = KeysetPaginator(("sort_name", "id"), answers.MOST, descending=False)
LISTED: KeysetPaginator[ReviewItem] = KeysetPaginator(("id",), 50, descending=False)
LIST = "list"  # the parameter that has the list's position, as `before` and `after` have the form's


@require_http_methods(["GET", "HEAD", "POST"])
def review(request: SignedInRequest, review_id: UUID) -> HttpResponseBase:
    """The page; a POST saves the answers that were chosen."""
    view = _answer if request.method == "POST" else _show
    return view(request, review_id)


@member_required
def _show(request: SignedInRequest, review_id: UUID) -> HttpResponse:
    found = _found(request, review_id)
    page = ReviewPage(found, request.user, request.GET.get("sponsor", ""))
    shown = GUESTS.page(page.guests, request.GET.dict())
    listed = LISTED.page(ReviewItem.with_all(page.listed), _position(request.GET))
    rows = answers.rows(page.to_answer, shown.rows, form_recovery.pop(request))
    [progress] = progress_of([found], request.user)
    context = {
        "review": found,
        "page": page,
        "progress": progress,
        "sponsors": by_sponsor(found) if page.sees_all else [],
        "rows": rows,
        "shown": ",".join(str(row.item.pk) for row in rows),
        "choices": answers.CHOICES,
        "remaining": page.to_answer.count(),
        "first_guests": reverse("review", args=[found.pk], query=page.query),
        "guests_labels": (_("Previous guests"), _("Next guests")),
        "list_labels": (_("Previous"), _("Next")),
        "previous_guests": _url(found, page, OLDER, shown.newer),
        "next_guests": _url(found, page, NEWER, shown.older),
        "listed": listed.rows,
        "newer": _url(found, page, LIST, f"{OLDER}:{listed.newer}" if listed.newer else ""),
        "older": _url(found, page, LIST, f"{NEWER}:{listed.older}" if listed.older else ""),
    }
    return render_page(request, "reviews/review.html", context)


@inviter_required
def _answer(request: SignedInRequest, review_id: UUID) -> HttpResponseBase:
    found = _found(request, review_id)
    given = answers.parse(request.POST)
    result = decide(found, given, user=request.user, by=actor.for_request(request))
    for level, text in sentences(result, len(given)):
        messages.add_message(request, level, text)
    return redirect(request.get_full_path())


def _found(request: SignedInRequest, review_id: UUID) -> Review:
    visible = Review.visible_to(request.user).select_related("started_by", "closed_by")
    return get_object_or_404(visible, id=review_id)


def _position(data: QueryDict) -> dict[str, str]:
    name, _colon, position = data.get(LIST, "").partition(":")
    return {name: position}


def _url(review: Review, page: ReviewPage, name: str, position: str) -> str:
    """This page at another position of the form or of the list; empty without one."""
    return reverse("review", args=[review.pk], query={**page.query, name: position}) if position else ""
