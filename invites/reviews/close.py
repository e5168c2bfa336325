"""Closing a review: on its day, early, or calling it off.

Guests without an answer keep their access, or a worker ends it, one by one, after the review was closed.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import Count, OuterRef, Subquery

from invites.audit.catalogue import EventType
from invites.audit.record import record
from invites.models import Decision, Guest, Review, ReviewItem, ReviewState, Unanswered
from invites.models.review import COUNTED
from invites.reviews.decide import record_decision
from invites.reviews.end import end
from portal import actor, clock
from portal.actor import Actor
from portal.each import Row, run_each
from portal.models import User

PERIOD = timedelta(minutes=1)  # of the workers' duty
ENDED_AT_ONCE = 500  # guests in one run of it


def close_due(go_on: Callable[[], bool]) -> int:
    """Close the reviews whose last day is over, and end what they say; returns how many reviews and guests.

    Raises the last unexpected error.
    """
    return run_each(_due(), go_on, duty="close-reviews")


def _due() -> Iterator[Row]:
    """The reviews to close, then the guests whose access ends with a closed one."""
    passed = Review.objects.filter(state=ReviewState.OPEN, due_on__lt=clock.today())
    for review in passed.order_by("due_on", "pk"):
        yield review.pk, partial(close, review.pk, by=actor.for_system(review.workspace_id))
    lapsed = ReviewItem.objects.filter(
        decision=Decision.OPEN, review__state=ReviewState.CLOSED, review__unanswered=Unanswered.ENDED
    )
    for key in lapsed.exclude(guest=None).order_by("pk").values_list("pk", flat=True)[:ENDED_AT_ONCE]:
        yield key, partial(_lapse, key)


def close(review_id: UUID, *, by: Actor, user: User | None = None) -> bool:
    """Take no more answers; False if it was closed before. `user` is who closes it early."""
    return _end(review_id, ReviewState.CLOSED, by, user)


def call_off(review_id: UUID, *, by: Actor, user: User) -> bool:
    """Ask no more; what was answered stays. False if it was closed before."""
    return _end(review_id, ReviewState.CALLED_OFF, by, user)


@transaction.atomic
def _end(review_id: UUID, state: ReviewState, by: Actor, user: User | None) -> bool:
    review = Review.objects.select_for_update(of=("self",)).get(pk=review_id)
    if not review.is_open:
        return False
    review.state, review.closed_at, review.closed_by = state, clock.now(), user
    review.save(update_fields=["state", "closed_at", "closed_by"])
    if state == ReviewState.CLOSED and review.unanswered == Unanswered.KEPT:
        _keep(review)
    record(
        EventType.REVIEW_CLOSED,
        by=by,
        outcome=state.value,
        details={"review": str(review.pk), **_counts(review)},
    )
    return True


def _keep(review: Review) -> None:
    sponsor = Guest.objects.filter(Guest.with_current_sponsor(), pk=OuterRef("guest")).values("sponsor")
    unanswered = review.items.filter(decision=Decision.OPEN).exclude(guest=None)
    unanswered.update(decision=Decision.KEPT, decided_at=review.closed_at, sponsor=Subquery(sponsor))


@transaction.atomic
def _lapse(key: int) -> bool:
    """End the access of one guest, unless another worker has; with the access of who closed or started it."""
    items = ReviewItem.objects.select_for_update(of=("self",)).filter(pk=key, decision=Decision.OPEN)
    people = ("review__closed_by", "review__started_by", "guest__invitation", "guest__sponsor")
    item = items.select_related(*people).first()
    if item is None or item.guest is None:
        return False
    review = item.review
    item.decision, item.decided_at, item.sponsor = Decision.LAPSED, clock.now(), item.guest.current_sponsor
    item.save()
    by = actor.for_system(review.workspace_id)
    end(item, item.guest, user=review.closed_by or review.started_by, by=by)
    record_decision(item, by=by)
    return True


def _counts(review: Review) -> dict[str, int]:
    rows = review.items.filter(COUNTED).order_by().values("decision").annotate(count=Count("pk"))
    found = {row["decision"]: row["count"] for row in rows}
    return {
        "confirmed": found.get(Decision.CONFIRMED, 0),
        "ended": found.get(Decision.ENDED, 0),
        "unanswered": found.get(Decision.OPEN, 0) + found.get(Decision.KEPT, 0),
    }
