"""When to look at awork again for an invitation that is not settled: soon at first, then ever more rarely."""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from invites.models import Invitation, State
from invites.sending import locks

DAYS = 7
WAITS = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=10),
    timedelta(hours=1),
    *[timedelta(days=1)] * DAYS,
)


def schedule_next(invitation: Invitation) -> None:
    """Set when the next look is due; never, where nothing is open or all waits are over. Does not save."""
    again = invitation.is_open and invitation.looks < len(WAITS)
    invitation.next_check_at = timezone.now() + WAITS[invitation.looks] if again else None


def schedule_after_check(invitation: Invitation, planned: datetime | None) -> None:
    """The same after a look; one that somebody asked for before it was `planned` uses up no wait."""
    if planned is None or planned <= timezone.now():
        invitation.looks = min(invitation.looks + 1, len(WAITS))
        schedule_next(invitation)
    else:
        invitation.next_check_at = planned if invitation.is_open else None


def due() -> QuerySet[Invitation]:
    """What is to be looked at now: whose wait is over, and what a process left behind when it died."""
    left_behind = Q(state=State.REQUESTED)
    waited = Q(next_check_at__lte=timezone.now())
    return Invitation.objects.filter(locks.lease_free(), left_behind | waited).order_by("attempted_at")
