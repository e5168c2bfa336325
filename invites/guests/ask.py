"""Asking awork what has become of guests. Nothing is changed there, so asking twice does no harm."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID

from invites.models import Guest, GuestState, Invitation
from portal.awork.client import Client
from portal.awork.errors import AworkError, NotFound
from portal.awork.schemas import AworkUser
from portal.awork.tokens import api_key_client, client_for
from portal.models import User

CLOCK_SKEW = timedelta(hours=1)

GetClient = Callable[[], Client | None]


@dataclass(frozen=True)
class Sighting:
    """What awork said about a guest."""

    state: GuestState
    awork_id: UUID | None


def ask(guest: Guest, reader: User | None) -> Sighting | None:
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


def ask_about_many(workspace: UUID, guests: list[Guest]) -> dict[UUID, Sighting]:
    """What awork's list of users says of guests whose accounts are known, by `Guest.id`.

    Guests who aren't in the list are left out: who reads it may not see them. It takes one request for each
    1,000 users created between the first and the last of these invitations, and none where nobody signed in
    may list users.
    """
    members = User.objects.filter(workspace=workspace, can_list_users=True, token__isnull=False)
    invited = [guest.invited_at for guest in guests]
    since, until = min(invited) - CLOCK_SKEW, max(invited) + CLOCK_SKEW
    for client in _usable(workspace, members.order_by("pk")):
        try:
            users = {user.id: user for user in client.users_created_between(since, until)}
        except AworkError:
            continue
        found = {guest.pk: users.get(guest.awork_id) for guest in guests if guest.awork_id}
        states = {pk: (_state(user), user.id) for pk, user in found.items() if user}
        return {pk: Sighting(state, awork_id) for pk, (state, awork_id) in states.items() if state}
    return {}


def _clients(guest: Guest, reader: User | None) -> Iterator[Client]:
    """The API key, then those of the people concerned who are still signed in with awork."""
    people = {user.pk: user for user in (reader, guest.invitation.inviter, guest.sponsor) if user}
    return _usable(guest.workspace_id, people.values())


def _usable(workspace: UUID, people: Iterable[User]) -> Iterator[Client]:
    sources: list[GetClient] = [lambda: api_key_client(workspace)]
    sources += [partial(client_for, user) for user in people]
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
