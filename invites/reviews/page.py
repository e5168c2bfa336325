"""What a review's page shows a reader: the guests to decide on, and those who were decided on."""

from dataclasses import dataclass
from functools import cached_property

from django.db.models import Q, QuerySet

from invites.models import Decision, Guest, Review, ReviewItem
from invites.reviews.scope import answerable, asked, has_sponsor_of
from portal.models import User
from portal.roles import Permission

NOBODY = "none"  # in place of a sponsor


@dataclass
class ReviewPage:
    """The parts of a review that a reader sees.

    `sponsor` is a user's key or NOBODY for those who see all, to narrow it. Without one, the
    form has the guests that the reader is asked about.
    """

    review: Review
    reader: User
    sponsor: str = ""

    @property
    def sees_all(self) -> bool:
        """Whether the reader sees the guests of all sponsors."""
        return Permission.SEE_ALL in self.reader.permissions

    @property
    def can_answer(self) -> bool:
        """Whether the reader may decide on guests of it now."""
        return self.review.is_open and Permission.INVITE in self.reader.permissions

    @cached_property
    def chosen(self) -> User | None:
        """The sponsor that the page is narrowed to."""
        if not (self.sees_all and self.sponsor.isascii() and self.sponsor.isdecimal()):
            return None
        key = int(self.sponsor[:18])
        return User.objects.filter(pk=key, workspace=self.review.workspace_id).first()

    @property
    def is_narrowed(self) -> bool:
        """Whether it shows some of the guests only, by the reader's choice."""
        return bool(self.chosen) or (self.sees_all and self.sponsor == NOBODY)

    @property
    def query(self) -> dict[str, str]:
        """The URL parameters of that choice."""
        return {"sponsor": self.sponsor} if self.is_narrowed else {}

    @property
    def to_answer(self) -> QuerySet[ReviewItem]:
        """The guests who have no answer yet and are to be decided on here, not erased ones."""
        items = self.review.items.filter(decision=Decision.OPEN).exclude(guest=None)
        if not self.can_answer:
            return items.none()
        return items.filter(answerable(self.reader), self._narrowed("guest__sponsor", asked(self.reader)))

    @property
    def guests(self) -> QuerySet[Guest]:
        """The guests of `to_answer`."""
        return Guest.objects.filter(pk__in=self.to_answer.values("guest"))

    @property
    def everything(self) -> QuerySet[ReviewItem]:
        """All guests that the reader sees."""
        if not self.sees_all:
            return ReviewItem.of_sponsor(self.reader).filter(review=self.review)
        is_open = Q(decision=Decision.OPEN)
        asked_now = is_open & self._narrowed("guest__sponsor", Q())
        return self.review.items.filter(asked_now | (~is_open & self._narrowed("sponsor", Q())))

    @property
    def listed(self) -> QuerySet[ReviewItem]:
        """Those who are only shown: while the reader can answer, those who have an answer."""
        return self.everything.exclude(decision=Decision.OPEN) if self.can_answer else self.everything

    def _narrowed(self, path: str, otherwise: Q) -> Q:
        if self.chosen:
            return Q(**{path: self.chosen})
        if self.is_narrowed:
            return ~has_sponsor_of(path) | Q(**{path: None})
        return otherwise
