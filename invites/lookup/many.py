"""What is known about the addresses of a list: users are listed once, not asked for one by one.

The single form asks awork for each address; for 1,000 of them that would use up the workspace's rate limit.
Only what no list has is asked for person by person, and only for `MAX_ASKED` of them: the users known from
here where whoever asks can't list everybody, and the projects of guests.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain, islice
from uuid import UUID

from invites.lookup.awork import AworkLookup, Sight
from invites.lookup.people import Address, AddressState, account_state, address_of, guest_role, is_active
from invites.models import Invitation, State
from portal.awork.schemas import AworkUser, Project, Task
from portal.email_addresses import key_of
from portal.models import User

MAX_ASKED = 50  # people about whom awork is asked one by one, for each of two questions


@dataclass(frozen=True)
class Directory:
    """Who has the addresses of a list: `users` by the key of the address, and the guests' `projects`.

    `is_guest` has those of whom it is known. `pending` are all users who haven't joined the workspace yet,
    as far as `sight` goes.
    """

    sight: Sight = Sight.ONESELF
    users: Mapping[str, AworkUser] = field(default_factory=dict)
    is_guest: Mapping[UUID, bool] = field(default_factory=dict)
    projects: Mapping[UUID, list[Project]] = field(default_factory=dict)
    pending: tuple[AworkUser, ...] = ()

    def address(self, key: str, task: Task | None) -> Address:
        """The state of an address, as `people.find` finds it; whoever can't be asked about is no guest."""
        user = self.users.get(key)
        if user is None:
            return Address(sight=self.sight)
        is_guest = self.is_guest.get(user.id)
        if is_guest and user.id not in self.projects:
            is_guest = None
        return address_of(user, self.sight, task, is_guest=is_guest, projects=self.projects.get(user.id, ()))


def find_all(keys: Iterable[str], lookup: AworkLookup) -> Directory:
    """Look up the addresses with these keys; raises as `AworkLookup` does."""
    wanted = set(keys)
    lookup.count_listed(wanted)
    everybody, sight = lookup.all_users()
    users = {key: user for key, user in _by_key(everybody).items() if key in wanted}
    if sight is not Sight.EVERYBODY:
        users |= _known_users(wanted - users.keys(), lookup)
    pending = tuple(user for user in everybody if account_state(user) is AddressState.PENDING)
    active = [user for user in users.values() if is_active(user)]
    is_guest = _guests([*active, *pending], lookup)
    guests = dict.fromkeys(user.id for user in active if is_guest.get(user.id))
    projects = {guest: lookup.projects_of(guest) for guest in islice(guests, MAX_ASKED)}
    return Directory(sight, users, is_guest, projects, pending)


def _by_key(users: Iterable[AworkUser]) -> dict[str, AworkUser]:
    """The users by each of their addresses; of several with the same one, the first."""
    found: dict[str, AworkUser] = {}
    for user in users:
        for email in (user.email, *user.other_emails):
            found.setdefault(key_of(email), user)
    return found


def _known_users(keys: Iterable[str], lookup: AworkLookup) -> dict[str, AworkUser]:
    """The users who have signed in here or were invited from here, as awork has them now."""
    here = {"workspace": lookup.user.workspace_id, "email_key__in": list(keys)}
    invited = Invitation.objects.filter(**here).exclude(guest_id=None).values_list("email_key", "guest_id")
    signed_in = User.objects.filter(**here).values_list("email_key", "awork_id")
    known = {key: user for key, user in chain(invited, signed_in) if user}
    found = {key: lookup.user_by_id(user, key) for key, user in islice(known.items(), MAX_ASKED)}
    return {key: user for key, user in found.items() if user and key_of(user.email) == key}


def _guests(users: Iterable[AworkUser], lookup: AworkLookup) -> dict[UUID, bool]:
    """Whether each has the guest role: by awork's list of its users, else by what is known here."""
    ids = {user.id for user in users}
    role = guest_role(lookup.user.workspace_id)
    if role is None or not ids:
        return {}
    guests = lookup.users_with_role(role)
    if guests is not None:
        return {user: user in guests for user in ids}
    here = {"workspace": lookup.user.workspace_id}
    sent = Invitation.objects.filter(**here, guest_id__in=ids, role_id=role, state=State.SENT)
    members = User.objects.filter(**here, awork_id__in=ids)
    member_ids = set(members.values_list("awork_id", flat=True))
    guest_ids = set(sent.values_list("guest_id", flat=True))
    return {user: user not in member_ids for user in ids & (member_ids | guest_ids)}
