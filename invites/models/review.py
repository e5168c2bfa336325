"""Reviews: each guest is confirmed or ended by a day, mostly by their sponsor."""

from uuid import uuid4

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from invites.models.ending import Ending, EndingState
from invites.models.guest import Guest
from portal.models import User, Workspace
from portal.roles import Permission

REASON_LENGTH = 200
ONE_OPEN_FOR_ALL = "invites_review_open_for_all"  # constraints
ONE_OPEN_FOR_PROJECT = "invites_review_open_for_project"


class ReviewState(models.TextChoices):
    """Whether guests are still to be decided on."""

    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")
    CALLED_OFF = "called-off", _("Called off")


class Unanswered(models.TextChoices):
    """What happens to guests without an answer when a review closes."""

    KEPT = "kept", _("They keep their access, and the report names them")
    ENDED = "ended", _("Their access is ended")


class Decision(models.TextChoices):
    """What was decided on a guest."""

    OPEN = "open", _("No answer")
    CONFIRMED = "confirmed", _("Confirmed")
    ENDED = "ended", _("Ended")
    KEPT = "kept", _("No answer, kept")  # when the review closed
    LAPSED = "lapsed", _("No answer, ended")

    @property
    def verb(self) -> str | Promise:
        """What the page's choice says."""
        return VERBS.get(self, self.label)


VERBS = {Decision.CONFIRMED: _("Confirm"), Decision.ENDED: _("End access")}


COUNTED = ~Q(decision=Decision.OPEN, guest=None)  # all but erased guests without an answer


class Review(models.Model):
    """A question about all guests of a workspace, or about those of a project, that is open through `due_on`.

    That day ends at midnight in DESK_TIME_ZONE. `left_out` counts the guests who had no access any more at
    the start.
    """

    id = models.UUIDField(primary_key=True, default=uuid4)
    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="+")
    project_id = models.UUIDField(null=True)  # None for all guests
    project_name = models.CharField(max_length=1000, blank=True)
    due_on = models.DateField()
    unanswered = models.CharField(max_length=5, choices=Unanswered, default=Unanswered.KEPT)
    left_out = models.PositiveIntegerField(default=0)
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=ReviewState, default=ReviewState.OPEN)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace"],
                condition=Q(state=ReviewState.OPEN, project_id=None),
                name=ONE_OPEN_FOR_ALL,
            ),
            models.UniqueConstraint(
                fields=["workspace", "project_id"],
                condition=Q(state=ReviewState.OPEN),
                name=ONE_OPEN_FOR_PROJECT,
            ),
        ]
        indexes = [
            models.Index(fields=["workspace", "-started_at", "-id"], name="invites_review_newest"),
            models.Index(fields=["state", "due_on"], name="invites_review_due"),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.state}"

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("review", args=[self.id])

    @property
    def is_open(self) -> bool:
        """Whether guests can be decided on."""
        return self.state == ReviewState.OPEN

    @classmethod
    def visible_to(cls, user: User) -> models.QuerySet["Review"]:
        """The reviews that ask or asked this user, or all of the workspace."""
        reviews = cls.objects.filter(workspace=user.workspace_id)
        if Permission.SEE_ALL in user.permissions:
            return reviews
        return reviews.filter(Exists(ReviewItem.of_sponsor(user).filter(review=OuterRef("pk"))))


class ReviewItem(models.Model):
    """A guest in a review, and what was decided.

    While it is open, the guest's present sponsor is asked; `sponsor` is the one at the time of the answer, or
    when the review closed. `decided_by` is empty without an answer, and `guest` after the guest was erased.
    `endings` take the access away.
    """

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="items")
    guest = models.ForeignKey(Guest, on_delete=models.SET_NULL, null=True, related_name="review_items")
    sponsor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decision = models.CharField(max_length=9, choices=Decision, default=Decision.OPEN)
    is_rest = models.BooleanField(default=False)  # confirmed with all the rest of a page, not one by one
    reason = models.CharField(max_length=REASON_LENGTH, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    endings = models.ManyToManyField(Ending, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["review", "guest"], name="invites_reviewitem_guest")]
        indexes = [models.Index(fields=["review", "decision"], name="invites_reviewitem_decision")]

    def __str__(self) -> str:
        return f"{self.pk} {self.decision}"

    @property
    def asked_sponsor(self) -> User | None:
        """The sponsor who is or was asked about the guest; None where leads are."""
        if self.decision == Decision.OPEN:
            return self.guest.current_sponsor if self.guest else None
        return self.sponsor

    @property
    def outcomes(self) -> list[str]:
        """What came of each ending, such as "WEB-12 Write copy: Done", and who it waits for."""
        return [_outcome(ending) for ending in self.endings.all()]

    @staticmethod
    def with_all(items: models.QuerySet["ReviewItem"]) -> models.QuerySet["ReviewItem"]:
        """These items with the people and endings that pages and the report show."""
        people = items.select_related("guest__invitation", "guest__sponsor", "sponsor", "decided_by")
        return people.prefetch_related("endings__user")

    @classmethod
    def of_sponsor(cls, user: User) -> models.QuerySet["ReviewItem"]:
        """The guests that this user is or was asked about."""
        return cls.objects.filter(
            Q(decision=Decision.OPEN, guest__sponsor=user) | (~Q(decision=Decision.OPEN) & Q(sponsor=user))
        )


def _outcome(ending: Ending) -> str:
    facts = {"target": ending.target, "state": ending.get_state_display(), "name": ending.user.name}
    if ending.state == EndingState.WAITING:
        return gettext("%(target)s: Waits until %(name)s signs in or someone else confirms it") % facts
    return gettext("%(target)s: %(state)s") % facts
