"""Sponsors: the members who answer for guests."""

from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from invites.audit.catalogue import EventType
from invites.audit.record import member, record
from invites.models import Guest, sponsors
from portal.actor import Actor
from portal.models import User

MOST = 1000  # guests handed over at once


def candidates(workspace: UUID) -> QuerySet[User]:
    """The members of a workspace who may be sponsors: those who may invite."""
    return sponsors().filter(workspace=workspace).order_by("search_text", "pk")


@transaction.atomic
def hand_over(guests: QuerySet[Guest], sponsor: User, *, by: Actor) -> int:
    """Make this member the sponsor, with an event for each guest; returns how many had another one."""
    locked = guests.exclude(sponsor=sponsor).order_by("pk").select_for_update(of=("self",))
    found = list(locked.select_related("invitation"))
    Guest.objects.filter(pk__in=[guest.pk for guest in found]).update(sponsor=sponsor)
    for guest in found:
        record(EventType.GUEST_HANDED_OVER, by=by, snapshot=guest.snapshot, others=[member(sponsor)])
    return len(found)
