"""End dates of guests that are near, and those that have passed and wait for a decision."""

from functools import partial

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from invites.attention.source import Item, Source, key_of
from invites.guests.ending_soon import end_due, ending_soon
from invites.models import EndState, Guest
from portal.models import User


def _item(kind: str, guest: Guest, user: User) -> Item:
    parts = [_day(kind, guest), f"{guest.invitation.task_key} {guest.invitation.task_name}".strip()]
    if guest.sponsor_id != user.pk and guest.current_sponsor:
        parts.append(_("Sponsor: %(name)s") % {"name": guest.current_sponsor})
    return Item(
        key=f"{key_of(kind, guest, guest.invited_at)}-{guest.ends_on}",
        title=guest.name,
        detail=" · ".join(parts),
        since=guest.warned_at or guest.invited_at,
        url=guest.get_absolute_url(),
        action=_("Prolong or end") if kind == "end-due" else _("View"),
    )


def _day(kind: str, guest: Guest) -> str:
    day = {"day": date_format(guest.ends_on, "j M Y") if guest.ends_on else ""}
    if kind == "end-soon":
        return _("Last day of access: %(day)s") % day
    if guest.end_state == EndState.WAITING:
        return _("Access was to end after %(day)s, and waits for an administrator") % day
    return _("Last day of access was %(day)s") % day


SOURCES = (
    Source("end-due", gettext_lazy("End dates that have passed"), end_due, partial(_item, "end-due")),
    Source("end-soon", gettext_lazy("End dates that are near"), ending_soon, partial(_item, "end-soon")),
)
