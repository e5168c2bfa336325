"""How far reviews are, and what a user still has to answer."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, When

from invites.models import Decision, Review, ReviewItem, ReviewState, is_sponsor
from invites.models.review import COUNTED
from invites.reviews.scope import asked
from portal.models import User

UNANSWERED = (Decision.OPEN, Decision.KEPT, Decision.LAPSED)
IS_ANSWERED = ~Q(decision__in=UNANSWERED)


@dataclass(frozen=True)
class Progress:
    """How many guests of a review were decided on, and about how many more the reader (`own`) is asked."""

    review: Review
    total: int
    answered: int
    own: int

    @property
    def unanswered(self) -> int:
        """How many nobody decided on."""
        return self.total - self.answered


@dataclass(frozen=True)
class SponsorProgress:
    """The same for the guests of a sponsor; None for those without one."""

    sponsor: User | None
    total: int
    answered: int

    @property
    def unanswered(self) -> int:
        """How many nobody decided on."""
        return self.total - self.answered


def progress_of(reviews: Iterable[Review], reader: User) -> list[Progress]:
    """The progress of each, in two statements. Erased guests without an answer aren't counted."""
    shown = list(reviews)
    own = dict(_own(reader).filter(review__in=shown).values_list("review").annotate(count=Count("pk")))
    rows = (
        ReviewItem.objects.filter(COUNTED, review__in=shown)
        .order_by()
        .values("review")
        .annotate(total=Count("pk"), answered=Count("pk", filter=IS_ANSWERED))
    )
    counts: dict[UUID, tuple[int, int]] = {row["review"]: (row["total"], row["answered"]) for row in rows}
    return [Progress(one, *counts.get(one.pk, (0, 0)), own.get(one.pk, 0)) for one in shown]


def open_items(user: User) -> list[Progress]:
    """The open reviews in which this user still has to answer, those that are due first."""
    return progress_of(waiting_for(user), user)


def waiting_for(user: User) -> QuerySet[Review]:
    """The same reviews as rows."""
    reviews = Review.objects.filter(workspace=user.workspace_id, state=ReviewState.OPEN)
    own = Exists(_own(user).filter(review=OuterRef("pk")))  # stops at the first: every page counts these rows
    return reviews.filter(own).order_by("due_on", "started_at", "pk")


def by_sponsor(review: Review) -> list[SponsorProgress]:
    """The progress of each sponsor by name, and of those without one at the end."""
    sponsor = Case(When(decision=Decision.OPEN, then="guest__sponsor"), default="sponsor")
    rows = (
        review.items.filter(COUNTED)
        .order_by()
        .annotate(asked=sponsor)
        .values_list("asked")
        .annotate(total=Count("pk"), answered=Count("pk", filter=IS_ANSWERED))
    )
    users = User.objects.in_bulk([key for key, *_ in rows if key])
    counts: Counter[tuple[User | None, str]] = Counter()
    for key, total, answered in rows:
        user = users[key] if key and is_sponsor(users[key]) else None
        counts[user, "total"] += total
        counts[user, "answered"] += answered
    found = [
        SponsorProgress(one, counts[one, "total"], counts[one, "answered"])
        for one, name in counts
        if name == "total"
    ]
    return sorted(
        found, key=lambda one: (one.sponsor is None, one.sponsor.name.casefold() if one.sponsor else "")
    )


def _own(reader: User) -> QuerySet[ReviewItem]:
    """The guests of open reviews that this user is asked about, without an answer so far."""
    items = ReviewItem.objects.filter(
        decision=Decision.OPEN, review__state=ReviewState.OPEN, review__workspace=reader.workspace_id
    )
    return items.filter(asked(reader)).exclude(guest=None)
