"""The guests of a review, and who is asked about them."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from invites.models import AWAY, Guest, Invitation, State, sponsors
from portal.models import User
from portal.roles import Permission


@dataclass(frozen=True)
class Scope:
    """All guests of a workspace, or those who were invited to a project of this id."""

    workspace: UUID
    project_id: UUID | None = None

    @property
    def guests(self) -> QuerySet[Guest]:
        """All of them, whether or not they still have access."""
        guests = Guest.objects.filter(workspace=self.workspace)
        if self.project_id is None:
            return guests
        sent = Invitation.objects.filter(
            workspace=self.workspace, project_id=self.project_id, state=State.SENT
        )
        return guests.filter(email_key__in=sent.values("email_key"))

    @property
    def asked_about(self) -> QuerySet[Guest]:
        """Those who may have access."""
        return self.guests.exclude(state__in=AWAY)


@dataclass(frozen=True)
class Preview:
    """How many guests a review would ask about, their sponsors, those without one, and those left out."""

    guests: int
    sponsors: int
    without_sponsor: int
    left_out: int


def preview(scope: Scope) -> Preview:
    """What a review would ask now."""
    has_sponsor = has_sponsor_of("sponsor")
    found = scope.asked_about.aggregate(
        guests=Count("pk"),
        sponsors=Count("sponsor", filter=has_sponsor, distinct=True),
        with_sponsor=Count("pk", filter=has_sponsor),
    )
    return Preview(
        guests=found["guests"],
        sponsors=found["sponsors"],
        without_sponsor=found["guests"] - found["with_sponsor"],
        left_out=scope.guests.filter(state__in=AWAY).count(),
    )


def has_sponsor_of(path: str) -> Q:
    """Whether the user at this path of a query can answer for guests; else leads are asked."""
    return Q(**{f"{path}__in": sponsors().values("pk")})


def asked(user: User, path: str = "guest__sponsor") -> Q:
    """Whether this user is asked about a guest whose sponsor is at this path.

    Sponsors are asked about their guests, those who manage guests also about those without a sponsor.
    """
    if Permission.INVITE not in user.permissions:
        return Q(pk__in=[])
    if Permission.MANAGE_GUESTS in user.permissions:
        return Q(**{path: user}) | ~has_sponsor_of(path) | Q(**{path: None})
    return Q(**{path: user})


def answerable(user: User, path: str = "guest__sponsor") -> Q:
    """Whether this user may answer: for their own guests, or for all of the workspace."""
    return Q() if Permission.MANAGE_GUESTS in user.permissions else asked(user, path)
