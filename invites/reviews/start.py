"""Starting a review: its guests are those who may have access at this moment."""

from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, transaction

from invites.audit.catalogue import EventType
from invites.audit.record import record
from invites.models import AWAY, Review, ReviewItem, Unanswered
from invites.models.review import ONE_OPEN_FOR_ALL, ONE_OPEN_FOR_PROJECT
from invites.reviews.scope import Scope
from portal import clock
from portal.actor import Actor
from portal.integrity import violated
from portal.models import User

CHUNK = 1000  # rows saved at once


class AlreadyOpen(Exception):
    """Another review of the same guests is open."""


class NobodyToReview(Exception):
    """No guest has access."""


@dataclass(frozen=True)
class Plan:
    """What an administrator enters: the guests, the last day to answer, and what no answer means."""

    scope: Scope
    due_on: date
    unanswered: Unanswered = Unanswered.KEPT
    project_name: str = ""


def start(plan: Plan, *, user: User, by: Actor) -> Review:
    """Save the review with its guests and its event; raises `AlreadyOpen` and `NobodyToReview`."""
    try:
        return _start(plan, user, by)
    except IntegrityError as error:
        if violated(error, Review) not in {ONE_OPEN_FOR_ALL, ONE_OPEN_FOR_PROJECT}:
            raise
        raise AlreadyOpen from error


@transaction.atomic
def _start(plan: Plan, user: User, by: Actor) -> Review:
    review = Review.objects.create(
        workspace_id=plan.scope.workspace,
        project_id=plan.scope.project_id,
        project_name=plan.project_name,
        due_on=plan.due_on,
        unanswered=plan.unanswered,
        left_out=plan.scope.guests.filter(state__in=AWAY).count(),
        started_by=user,
        started_at=clock.now(),
    )
    # Locked, so that none of them is erased before the items are saved.
    guests = list(
        plan.scope.asked_about.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True)
    )
    if not guests:
        raise NobodyToReview
    items = [ReviewItem(review=review, guest_id=guest) for guest in guests]
    ReviewItem.objects.bulk_create(items, batch_size=CHUNK)
    record(
        EventType.REVIEW_STARTED,
        by=by,
        details={
            "review": str(review.pk),
            "guests": len(guests),
            "left_out": review.left_out,
            "due": review.due_on.isoformat(),
            "unanswered": str(review.unanswered),
            "project": review.project_name,
        },
    )
    return review
