"""Guests who need attention: those who are pending for long, and those without a sponsor."""

from datetime import timedelta

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from invites.attention.source import Item, Source, key_of
from invites.guests import reminder
from invites.guests.filters import NOBODY, OLDEST
from invites.models import AWAY, Guest, GuestState
from portal import clock
from portal.models import User
from portal.roles import Permission

JOINED_LATELY = timedelta(days=3)
INVITED_LATELY = timedelta(days=60)  # when a desk first asks about its guests, all have joined lately
JOINED_SHOWN = 10


def long_pending(user: User) -> QuerySet[Guest]:
    """Guests who should have accepted their invitation by now."""
    since = reminder.long_pending_since(user.workspace_id)
    found = _visible(user).filter(state=GuestState.PENDING, invited_at__lte=since)
    return found.order_by("invited_at", "id")


def just_joined(user: User) -> list[Guest]:
    """The last of the person's own guests who have joined in these days: to know, not to settle."""
    own = Q(sponsor=user) | Q(invitation__inviter=user)
    joined = Guest.objects.filter(own, workspace=user.workspace_id, state=GuestState.JOINED)
    now = clock.now()
    found = joined.filter(state_since__gt=now - JOINED_LATELY, invited_at__gt=now - INVITED_LATELY)
    return list(found.select_related("invitation").order_by("-state_since", "-id")[:JOINED_SHOWN])


def without_sponsor(user: User) -> QuerySet[Guest]:
    """Guests without a sponsor, shown to those who see all guests."""
    if Permission.SEE_ALL not in user.permissions:
        return Guest.objects.none()
    here = [state for state in GuestState if state not in AWAY]
    found = _visible(user).filter(~Guest.with_current_sponsor(), state__in=here)
    return found.order_by("invited_at", "id")


def _visible(user: User) -> QuerySet[Guest]:
    """All of the workspace, or those that the user sponsors or invited last.

    Fewer than on the list of guests: to find all who were ever invited by a manager with 200,000 invitations,
    PostgreSQL takes 0.2 to 2 seconds, on every page.
    """
    guests = Guest.objects.filter(workspace=user.workspace_id).select_related("invitation", "sponsor")
    if Permission.SEE_ALL in user.permissions:
        return guests
    return guests.filter(Q(sponsor=user) | Q(invitation__inviter=user))


def _long_pending(guest: Guest, user: User) -> Item:
    days = guest.pending_for.days
    pending = ngettext("Pending for %(days)s day", "Pending for %(days)s days", days) % {"days": days}
    return Item(
        key=key_of("pending", guest, guest.invited_at),
        title=guest.name,
        detail=f"{pending} · {_task(guest)}",
        since=guest.invited_at,
        url=guest.get_absolute_url(),
        action=_("Remind"),
    )


def _without_sponsor(guest: Guest, user: User) -> Item:
    before = _("Sponsor until now: %(name)s") % {"name": guest.sponsor} if guest.sponsor else ""
    may_hand_over = Permission.MANAGE_GUESTS in user.permissions
    return Item(
        key=key_of("no-sponsor", guest, guest.invited_at),
        title=guest.name,
        detail=" · ".join(filter(None, [before, _task(guest)])),
        since=guest.invited_at,
        url=reverse("guest-sponsor", args=[guest.id]) if may_hand_over else guest.get_absolute_url(),
        action=_("Choose a sponsor") if may_hand_over else _("View"),
    )


def _task(guest: Guest) -> str:
    return f"{guest.invitation.task_key} {guest.invitation.task_name}".strip()


SOURCES = (
    Source(
        "pending",
        gettext_lazy("Guests pending for a long time"),
        long_pending,
        _long_pending,
        lambda: reverse("guests", query={"state": GuestState.PENDING.value, "sort": OLDEST}),
    ),
    Source(
        "no-sponsor",
        gettext_lazy("Guests without a sponsor"),
        without_sponsor,
        _without_sponsor,
        lambda: reverse("guests", query={"sponsor": NOBODY}),
    ),
)
