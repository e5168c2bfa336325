"""End dates: the last day of a guest's access, which ends at midnight in DESK_TIME_ZONE."""

from datetime import date

from django.db import transaction

from invites.audit.catalogue import EventType
from invites.audit.record import record
from invites.models import END_FIELDS, Guest
from invites.policy.describe import end_problem
from invites.policy.versions import current_policy
from portal import clock
from portal.actor import Actor
from portal.models import User
from portal.roles import Permission

EVENT_TYPES = (
    EventType.GUEST_END_DATE_SET,
    EventType.GUEST_END_DATE_REMOVED,
    EventType.GUEST_END_WARNED,
    EventType.GUEST_END_DATE_PASSED,
)


class EndDateRefused(ValueError):
    """The day has passed, or the policy doesn't allow it; the message is for the user."""


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
    rules = current_policy(stored.workspace_id).rules
    problem = end_problem(rules, stored.invitation.role_id, ends_on, clock.today())
    if problem:
        raise EndDateRefused(problem)
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
