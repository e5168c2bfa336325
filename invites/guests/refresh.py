"""Finding out what has become of guests: awork is asked, and each change of state is an event.

Nothing is sent or changed in awork, so asking twice does no harm.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog
from django.db import transaction

from invites.audit.catalogue import EventType
from invites.audit.record import record
from invites.guests.schedule import next_check
from invites.models import Guest, GuestState, Invitation
from portal import actor, clock
from portal.awork import http, timeouts
from portal.awork.client import Client
from portal.awork.errors import AworkError, NotFound
from portal.awork.schemas import AworkUser
from portal.awork.tokens import api_key_client, client_for
from portal.integrity import UNAVAILABLE
from portal.models import User

PERIOD = timedelta(minutes=1)  # of the workers' duty
SHARE = 20  # of awork's requests a minute, the duty takes this part
FRESH = timedelta(minutes=1)  # a page asks no sooner again

EVENT_TYPES = {
    GuestState.PENDING: EventType.GUEST_PENDING,
    GuestState.JOINED: EventType.GUEST_JOINED,
    GuestState.ENDED: EventType.GUEST_ENDED,
    GuestState.MOVED: EventType.GUEST_MOVED,
    GuestState.GONE: EventType.GUEST_GONE,
}

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Sighting:
    """What awork said about a guest."""

    state: GuestState
    awork_id: UUID | None


def refresh_due(go_on: Callable[[], bool]) -> int:
    """Ask about the guests that are due, as long as `go_on()` is true; returns how many.

    A run a minute takes a twentieth of awork's requests a minute at most. Raises the last unexpected error.
    """
    checked, failure = 0, None
    due = Guest.due().select_related("invitation__inviter", "sponsor")
    for guest in due[: http.rate_limiter.minute_limit // SHARE]:
        if not go_on():
            break
        try:
            checked += _claim(guest) and _refresh_in_background(guest)
        except UNAVAILABLE:
            raise
        except Exception as error:
            log.exception("refreshing a guest failed", guest=str(guest.pk))
            failure = error
    if failure:
        raise failure
    return checked


def _claim(guest: Guest) -> bool:
    """Plan the next check before this one; False if another worker has done that."""
    same = Guest.objects.filter(pk=guest.pk, next_check_at=guest.next_check_at)
    return bool(same.update(next_check_at=next_check(guest, clock.now())))


def _refresh_in_background(guest: Guest) -> bool:
    with timeouts.background():
        return _refresh(guest, None)


def refresh(guest: Guest, reader: User) -> bool:
    """Ask about a guest whose page somebody opens, unless that was done a moment ago.

    Returns whether awork answered, now or then; the guest has the new state.
    """
    if guest.checked_at and clock.now() - guest.checked_at < FRESH:
        return True
    return _refresh(guest, reader)


def _refresh(guest: Guest, reader: User | None) -> bool:
    seen = _look(guest, reader)
    with transaction.atomic():
        stored = Guest.objects.select_for_update().filter(pk=guest.pk).first()
        if stored is None:  # erased meanwhile
            return False
        _save(stored, seen)
    guest.refresh_from_db(fields=["state", "state_since", "checked_at", "awork_id"])
    return seen is not None


def _look(guest: Guest, reader: User | None) -> Sighting | None:
    """What awork says through the first access that answers; None if none does, or knows the address."""
    for client in _clients(guest, reader):
        try:
            user = _find(guest, client)
        except NotFound:
            return Sighting(GuestState.GONE, guest.awork_id)
        except AworkError:
            continue
        state = _state(user) if user else None
        if user and state:
            return Sighting(state, user.id)
    return None


def _clients(guest: Guest, reader: User | None) -> Iterator[Client]:
    """The API key, then those of the people concerned who are still signed in with awork."""
    people = {user.pk: user for user in (reader, guest.invitation.inviter, guest.sponsor) if user}
    sources: list[Callable[[], Client | None]] = [lambda: api_key_client(guest.workspace_id)]
    sources += [lambda user=user: client_for(user) for user in people.values()]  # type: ignore[misc]
    for get_client in sources:
        try:
            client = get_client()
        except AworkError:
            continue
        if client:
            yield client


def _find(guest: Guest, client: Client) -> AworkUser | None:
    """The guest's account, by the id that an invitation found, else by e-mail; `NotFound` if it is gone."""
    if awork_id := guest.awork_id or _id_from_invitations(guest):
        return client.user(awork_id)
    found = client.users_by_email(guest.email)
    return found[0] if len(found) == 1 else None  # of several accounts, we don't know which


def _id_from_invitations(guest: Guest) -> UUID | None:
    """The guest's id that a later check found, of no account that has ended since."""
    same = Invitation.objects.filter(workspace=guest.workspace_id, email_key=guest.email_key)
    found = same.filter(attempted_at__gte=guest.invited_at).exclude(guest_id=None).order_by("-attempted_at")
    return found.values_list("guest_id", flat=True).first()


def _state(user: AworkUser) -> GuestState | None:
    """What awork says of the account; None if it doesn't say whether the invitation was accepted."""
    if user.is_external:
        return GuestState.MOVED
    if user.is_deactivated or user.is_archived:
        return GuestState.ENDED
    if user.invitation_accepted is None:
        return None
    return GuestState.JOINED if user.invitation_accepted else GuestState.PENDING


def _save(guest: Guest, seen: Sighting | None) -> None:
    """Save what was seen, with an event if it is new; within a transaction, with the row locked."""
    now = clock.now()
    if seen:
        is_new = seen.state != guest.state
        guest.awork_id, guest.checked_at = seen.awork_id, now
        if is_new:
            guest.state, guest.state_since = seen.state, now
    guest.next_check_at = next_check(guest, now)
    guest.save()
    if seen and is_new:
        by = actor.for_system(guest.workspace_id)
        record(EVENT_TYPES[seen.state], by=by, snapshot=guest.snapshot, outcome=seen.state.value)
