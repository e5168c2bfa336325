"""Finding out what has become of guests: awork is asked, and each change of state is an event.

Nothing is sent or changed in awork, so asking twice does no harm.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from django.db import transaction
from django.db.models import Count, Q

from invites.audit.catalogue import EventType
from invites.audit.record import record
from invites.guests.ask import Sighting, ask, ask_about_many
from invites.guests.schedule import next_check
from invites.models import AWAY, EndState, Guest, GuestState
from portal import actor, clock
from portal.awork import http, timeouts
from portal.each import run_each
from portal.models import User

PERIOD = timedelta(seconds=30)  # of the workers' duty: what awork hints at shows within a minute
WORTH_A_LIST, LISTED = 20, 1000  # guests
SHARE = 20  # of awork's requests a minute, the duty takes this part
RUNS = 2  # a minute
FOR_LISTS = 10  # requests a minute
FRESH = timedelta(minutes=1)  # a page asks no sooner again

EVENT_TYPES = {
    GuestState.PENDING: EventType.GUEST_PENDING,
    GuestState.JOINED: EventType.GUEST_JOINED,
    GuestState.ENDED: EventType.GUEST_ENDED,
    GuestState.MOVED: EventType.GUEST_MOVED,
    GuestState.GONE: EventType.GUEST_GONE,
}


def refresh_due(go_on: Callable[[], bool]) -> int:
    """Ask about the guests that are due, as long as `go_on()` is true; returns how many awork answered for.

    Many at once where a list may be read, the others one by one: a twentieth of awork's requests a minute at
    most. Raises the last unexpected error.
    """
    checked, for_next_list = refresh_listed(go_on)
    due = Guest.due().exclude(for_next_list).select_related("invitation__inviter", "sponsor")
    most = max(1, (http.rate_limiter.minute_limit // SHARE - FOR_LISTS) // RUNS)
    rows = ((guest.pk, partial(_refresh_if_due, guest)) for guest in due[:most])
    return checked + run_each(rows, go_on, duty="refresh-guests")


def refresh_listed(go_on: Callable[[], bool]) -> tuple[int, Q]:
    """Ask about those guests of a workspace that a list shows, where many are due.

    Returns how many these are, and which guests the lists of the next runs can tell about.
    """
    known = Guest.due().exclude(awork_id=None)
    busy = known.order_by().values("workspace").annotate(number=Count("pk")).filter(number__gte=WORTH_A_LIST)
    checked, for_next_list = 0, Q(pk__in=[])
    for workspace in busy.values_list("workspace", flat=True):
        guests = list(known.filter(workspace=workspace).order_by("invited_at")[:LISTED])
        with timeouts.background():
            sightings = ask_about_many(workspace, guests)
        for guest in guests:
            if guest.pk in sightings and go_on() and _claim(guest):
                checked += _store(guest, sightings[guest.pk])
        if sightings and len(guests) == LISTED:
            others = Q(workspace=workspace, awork_id__isnull=False)
            for_next_list |= others & ~Q(pk__in=[guest.pk for guest in guests])
    return checked, for_next_list


def _claim(guest: Guest) -> bool:
    """Plan the next check before this one; False if another worker has done that."""
    same = Guest.objects.filter(pk=guest.pk, next_check_at=guest.next_check_at)
    return bool(same.update(next_check_at=next_check(guest, clock.now())))


def _refresh_if_due(guest: Guest) -> bool:
    if not _claim(guest):
        return False
    with timeouts.background():
        return _refresh(guest, None)


def refresh(guest: Guest, reader: User) -> bool:
    """Ask about a guest whose page is opened, unless that was done a moment ago.

    Returns whether awork answered, now or then; the guest has the new state.
    """
    is_planned = guest.next_check_at > clock.now()  # not so after an ending
    if is_planned and guest.checked_at and clock.now() - guest.checked_at < FRESH:
        return True
    return _refresh(guest, reader)


def _refresh(guest: Guest, reader: User | None) -> bool:
    return _store(guest, ask(guest, reader))


def _store(guest: Guest, seen: Sighting | None) -> bool:
    with transaction.atomic():
        stored = Guest.objects.select_for_update().filter(pk=guest.pk).first()
        if stored is None:  # erased in between
            return False
        became_due = guest.next_check_at < stored.next_check_at <= clock.now()  # while awork was asked
        _save(stored, seen, ask_again=became_due)
    guest.refresh_from_db(fields=["state", "state_since", "checked_at", "next_check_at", "awork_id"])
    return seen is not None


def _save(guest: Guest, seen: Sighting | None, *, ask_again: bool) -> None:
    """Save what was seen, with an event if it is new; within a transaction, with the row locked."""
    now = clock.now()
    if seen:
        is_new = seen.state != guest.state
        guest.awork_id, guest.checked_at = seen.awork_id, now
        if is_new:
            if guest.state in AWAY and guest.end_state:  # activated after the end: it's the sponsor's turn
                guest.end_state, guest.warned_at = EndState.ASKED, now
            guest.state, guest.state_since = seen.state, now
    if not ask_again:
        guest.next_check_at = next_check(guest, now)
    guest.save()
    if seen and is_new:
        by = actor.for_system(guest.workspace_id)
        record(EVENT_TYPES[seen.state], by=by, snapshot=guest.snapshot, outcome=seen.state.value)
