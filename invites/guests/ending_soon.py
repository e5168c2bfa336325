"""Guests whose end date is near or has passed, as pages show them to a person."""

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from invites.guests.warnings import FIRST
from invites.models import AWAY, Ending, EndingKind, EndingState, EndState, Guest
from portal import clock
from portal.models import User
from portal.roles import Permission


def ending_soon(user: User) -> QuerySet[Guest]:
    """Whose last day is today or within the next two weeks, among the guests whose end date they may set."""
    today = clock.today()
    found = _settable(user).filter(ends_on__range=(today, today + timedelta(FIRST)))
    return found.order_by("ends_on", "id")


def end_due(user: User) -> QuerySet[Guest]:
    """Guests whose last day has passed, and who need a decision: nobody has ended their access since."""
    passed = _settable(user).filter(~_is_ended(), ends_on__lt=clock.today())
    return passed.filter(end_state__in=(EndState.ASKED, EndState.WAITING)).order_by("ends_on", "id")


def is_ended(guest: Guest) -> bool:
    """Whether someone has ended the access, or it is being ended, since the last warning."""
    return Guest.objects.filter(_is_ended(), pk=guest.pk).exists()


def _is_ended() -> Exists:
    ends = Ending.objects.filter(guest=OuterRef("pk"), created_at__gte=OuterRef("warned_at"))
    in_vain = Q(state__in=(EndingState.REFUSED, EndingState.NOT_DONE)) | Q(kind=EndingKind.ACTIVATION)
    return Exists(ends.exclude(in_vain))


def _settable(user: User) -> QuerySet[Guest]:
    """Those who are here and whose end date the person may set, see `end_dates.may_set`."""
    here = Guest.objects.filter(workspace=user.workspace_id).exclude(state__in=AWAY)
    if Permission.MANAGE_GUESTS in user.permissions:
        return here.select_related("invitation", "sponsor")
    own = Q(sponsor=user) if Permission.INVITE in user.permissions else Q(pk=None)
    return here.filter(own).select_related("invitation", "sponsor")
