"""Sponsors: the members who answer for guests."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from invites.audit.catalogue import EventType
from invites.audit.record import member, record
from invites.models import AWAY, Guest, sponsors
from portal import actor, clock
from portal.accounts.membership import AccessUnconfirmed, is_member
from portal.actor import Actor
from portal.awork import timeouts
from portal.models import User

MOST = 1000  # guests handed over at once
PERIOD = timedelta(days=1)  # of the workers' duty
UNSEEN = timedelta(days=1)


def candidates(workspace: UUID) -> QuerySet[User]:
    """The members of a workspace who may be sponsors: those who may invite."""
    return sponsors().filter(workspace=workspace).order_by("search_text", "pk")


def check_sponsors(go_on: Callable[[], bool]) -> int:
    """Ask awork about the sponsors of guests who haven't been here for a day; returns how many have left.

    They are marked as having left, so that others are asked about their guests.
    """
    here = Guest.objects.filter(sponsor=OuterRef("pk")).exclude(state__in=AWAY)
    unseen = sponsors().filter(Exists(here), confirmed_at__lt=clock.now() - UNSEEN)
    left = 0
    for user in unseen.order_by("confirmed_at"):
        if not go_on():
            break
        with timeouts.background(), suppress(AccessUnconfirmed):
            left += not is_member(user, by=actor.for_user(user))
    return left


@transaction.atomic
def hand_over(guests: QuerySet[Guest], sponsor: User, *, by: Actor) -> int:
    """Make this member the sponsor, with an event for each guest; returns how many had another one."""
    locked = guests.exclude(sponsor=sponsor).order_by("pk").select_for_update(of=("self",))
    found = list(locked.select_related("invitation"))
    Guest.objects.filter(pk__in=[guest.pk for guest in found]).update(sponsor=sponsor)
    for guest in found:
        record(EventType.GUEST_HANDED_OVER, by=by, snapshot=guest.snapshot, others=[member(sponsor)])
    return len(found)
