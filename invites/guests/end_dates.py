"""End dates: the last day of a guest's access, which ends at midnight in DESK_TIME_ZONE."""

from datetime import date, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from invites.audit.catalogue import EventType
from invites.audit.record import record
from invites.models import END_FIELDS, Guest
from portal import clock
from portal.actor import Actor
from portal.models import User
from portal.roles import Permission

MOST_DAYS = 3650  # from today: a later day is a slip of the keyboard
EVENT_TYPES = (EventType.GUEST_END_DATE_SET, EventType.GUEST_END_DATE_REMOVED)


class EndDateRefused(ValueError):
    """The day is in the past or too far away; the message is for the user."""


class EndDateChanged(Exception):
    """Someone else has changed the end date, or the guest was erased, since the caller read it."""


def may_set(user: User, guest: Guest) -> bool:
    """Whether this user may set the end date: the sponsor, leads and administrators."""
    is_sponsor = guest.sponsor_id == user.pk and Permission.INVITE in user.permissions
    return is_sponsor or Permission.MANAGE_GUESTS in user.permissions


@transaction.atomic
def set_end(guest: Guest, ends_on: date | None, *, by: Actor) -> None:
    """Set or move the last day of access, or remove it (None); nothing happens where it is that already.

    `guest.ends_on` is what the caller has read or shown. Raises `EndDateChanged` where it isn't stored any
    more, and `EndDateRefused`.
    """
    guests = Guest.objects.select_for_update(of=("self",)).select_related("invitation")
    stored = guests.filter(pk=guest.pk).first()
    if stored is None or stored.ends_on != guest.ends_on:
        raise EndDateChanged
    if ends_on == stored.ends_on:
        return
    _check(ends_on)
    previous = stored.ends_on.isoformat() if stored.ends_on else ""
    for one in (guest, stored):
        one.change_end(ends_on)
    stored.save(update_fields=END_FIELDS)
    if ends_on is None:
        record(
            EventType.GUEST_END_DATE_REMOVED,
            by=by,
            snapshot=stored.snapshot,
            details={"previous": previous},
        )
        return
    details = {"ends_on": ends_on.isoformat()} | ({"previous": previous} if previous else {})
    record(EventType.GUEST_END_DATE_SET, by=by, snapshot=stored.snapshot, details=details)


def _check(ends_on: date | None) -> None:
    if ends_on is None:
        return
    today = clock.today()
    if ends_on < today:
        raise EndDateRefused(_("This day has passed. Choose today or a later day."))
    if ends_on > today + timedelta(MOST_DAYS):
        raise EndDateRefused(_("This is more than ten years away. Choose an earlier day."))
