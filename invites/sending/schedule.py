"""When to check an open invitation with awork: soon at first, then less and less often."""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from invites.models import Invitation, State
from invites.sending import locks
from portal import clock

CHECK_INTERVALS = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=4),  # when an address that awork doesn't list proves that nothing was sent
    timedelta(minutes=10),
    timedelta(hours=1),
    *[timedelta(days=1)] * 7,
)


def schedule_next(invitation: Invitation) -> None:
    """Set the time of the next check, or none if the invitation is settled or checked often enough.

    Does not save.
    """
    has_next = invitation.is_unresolved and invitation.check_count < len(CHECK_INTERVALS)
    invitation.next_check_at = clock.now() + CHECK_INTERVALS[invitation.check_count] if has_next else None


def schedule_after_check(invitation: Invitation, planned: datetime | None) -> None:
    """Set the time of the next check after one; one requested before the `planned` time is not counted."""
    if planned is None or planned <= clock.now():
        invitation.check_count = min(invitation.check_count + 1, len(CHECK_INTERVALS))
        schedule_next(invitation)
    else:
        invitation.next_check_at = planned if invitation.is_unresolved else None


def due() -> QuerySet[Invitation]:
    """Invitations to check now: those that are due, and those whose sending process died."""
    is_abandoned = Q(state=State.REQUESTED)
    is_due = Q(next_check_at__lte=clock.now())
    return Invitation.objects.filter(locks.lease_free(), is_abandoned | is_due).order_by("attempted_at")
