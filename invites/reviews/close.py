"""Closing a review: on its day, early, or calling it off.

What nobody answered is kept. The report and the event count it.
"""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Count, OuterRef, Subquery

from invites.audit.catalogue import EventType
from invites.audit.record import record
from invites.models import Decision, Guest, Review, ReviewState
from invites.models.review import COUNTED
from portal import actor, clock
from portal.actor import Actor
from portal.models import User

PERIOD = timedelta(minutes=1)  # of the workers' duty


def close_due(go_on: Callable[[], bool]) -> int:
    """Close the reviews whose last day is over; returns how many."""
    due = Review.objects.filter(state=ReviewState.OPEN, due_on__lt=clock.today()).order_by("due_on", "pk")
    closed = 0
    for review in due:
        if not go_on():
            break
        closed += close(review.pk, by=actor.for_system(review.workspace_id))
    return closed


def close(review_id: UUID, *, by: Actor, user: User | None = None) -> bool:
    """Take no more answers; False if it was closed before. `user` is None where its day was over."""
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
    if state == ReviewState.CLOSED:
        _keep(review)
    record(
        EventType.REVIEW_CLOSED,
        by=by,
        outcome=state.value,
        details={"review": str(review.pk), **_counts(review)},
    )
    return True


def _keep(review: Review) -> None:
    sponsor = Guest.objects.filter(pk=OuterRef("guest")).values("sponsor")
    unanswered = review.items.filter(decision=Decision.OPEN).exclude(guest=None)
    unanswered.update(decision=Decision.KEPT, decided_at=review.closed_at, sponsor=Subquery(sponsor))


def _counts(review: Review) -> dict[str, int]:
    rows = review.items.filter(COUNTED).order_by().values("decision").annotate(count=Count("pk"))
    found = {row["decision"]: row["count"] for row in rows}
    return {
        "confirmed": found.get(Decision.CONFIRMED, 0),
        "ended": found.get(Decision.ENDED, 0),
        "unanswered": found.get(Decision.OPEN, 0) + found.get(Decision.KEPT, 0),
    }
