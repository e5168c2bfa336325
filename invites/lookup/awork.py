"""Requests to awork while a form is filled in, each cached for a minute."""

from collections.abc import Callable, Iterable
from enum import StrEnum
from functools import partial
from hashlib import sha256
from time import time
from typing import Any, TypeVar
from uuid import UUID

from django.core.cache import cache
from django.utils.functional import cached_property  # in 3.11, Python's own locks across all instances

from portal import actor
from portal.actor import Actor
from portal.awork.client import Client
from portal.awork.errors import AworkRefused, Forbidden, NotFound
from portal.awork.schemas import AworkUser, NameSuggestion, Project, Task
from portal.awork.tokens import API_KEY_CACHE_SECONDS, api_key_client, client_for
from portal.models import User
from portal.web import rate_limits

CACHE_SECONDS = 60
T = TypeVar("T")


class Sight(StrEnum):
    """Which users of the workspace a reader sees in awork."""

    EVERYBODY = "everybody"
    TEAMS = "teams"
    ONESELF = "oneself"


class AworkLookup:
    """Requests on behalf of one user, with that user's own cache.

    All raise the errors of `portal.awork.errors`; what the user can't see in awork is None. The number of
    addresses is limited (`rate_limits.RateLimitExceeded`), or one could find out who is in the workspace.
    Those of lists have a limit of their own, which a few full lists an hour don't reach.
    """

    def __init__(self, user: User, *, by: Actor | None = None) -> None:
        self.user = user
        self.by = by or actor.for_user(user)
        self.counted: set[str] = set()

    @cached_property
    def client(self) -> Client:
        """The user's client, made for the first request that is not cached."""
        return client_for(self.user)

    def tasks(self, query: str) -> list[Task]:
        """Tasks that match the query."""
        return self._cached("tasks", query, lambda: self.client.search_tasks(query))

    def latest_tasks(self) -> list[Task]:
        """Tasks that the user can see, the last changed first."""
        return self._cached("latest", "", lambda: self.client.available_tasks())

    def task(self, task_id: UUID) -> Task | None:
        """The task, if it exists and the user can see it."""
        return self._cached("task", str(task_id), lambda: _none_if_hidden(lambda: self.client.task(task_id)))

    def task_by_key(self, key: str) -> Task | None:
        """The task with this key, if it exists and the user can see it."""
        return self._cached("key", key, lambda: _none_if_hidden(lambda: self.client.task_by_key(key)))

    def project(self, project_id: UUID) -> Project | None:
        """The project, if the user can read it."""
        request = partial(_none_if_hidden, lambda: self.client.project(project_id))
        return self._cached("project", str(project_id), request)

    def projects(self) -> list[Project]:
        """The projects that the user can see."""
        return self._cached("projects", "", lambda: self.client.projects())

    @property
    def sight(self) -> Sight:
        """Which users this one sees."""
        return _sight(self.user.sees_all_users, self.user.can_list_users)

    def users(self, email: str) -> tuple[list[AworkUser], Sight]:
        """The users with this address, and which users whoever asked sees: the user, or the portal's API key.

        If both see only themselves, awork is not asked.
        """
        nobody: tuple[list[AworkUser], Sight] = ([], Sight.ONESELF)
        return self._cached("users", email, lambda: _none_if_refused(lambda: self._users(email)) or nobody)

    def all_users(self) -> tuple[list[AworkUser], Sight]:
        """As `users`, without an address: everybody whom the user or the API key sees, read by pages."""
        nobody: tuple[list[AworkUser], Sight] = ([], Sight.ONESELF)
        return self._cached("all-users", "", lambda: _none_if_refused(self._all_users) or nobody)

    def user_by_id(self, user_id: UUID, email: str) -> AworkUser | None:
        """A user who had this address, if they still exist; counts as a check of the address."""
        return self._cached("user", str(user_id), lambda: _none_if_hidden(lambda: self._user(user_id, email)))

    def has_role(self, user_id: UUID, role_id: UUID) -> bool | None:
        """Whether a user has this role; None where neither the user nor the API key may see that."""
        request = partial(_none_if_refused, partial(self._has_role, user_id, role_id))
        return self._cached("has-role", f"{user_id}:{role_id}", request)

    def users_with_role(self, role_id: UUID) -> frozenset[UUID] | None:
        """The ids of all users with a role; None as for `has_role`."""
        request = partial(_none_if_refused, partial(self._users_with_role, role_id))
        return self._cached("users-with-role", str(role_id), request)

    def projects_of(self, user_id: UUID) -> list[Project]:
        """The projects of another user, as far as this one sees them."""
        request = partial(_none_if_refused, lambda: self.client.projects_of(user_id))
        return self._cached("projects-of", str(user_id), request) or []

    def forget_task(self, task: Task) -> None:
        """Read the task from awork at the next request for it."""
        cache.delete_many([self._key("task", str(task.id)), self._key("key", task.key)])

    def name_suggestion(self, email: str) -> NameSuggestion | None:
        """The names that awork suggests for the address, if any."""
        return self._cached("name", email, lambda: _none_if_refused(lambda: self._name_suggestion(email)))

    def _name_suggestion(self, email: str) -> NameSuggestion | None:
        self._count(email)
        return self.client.name_suggestion(email)

    def _count(self, email: str) -> None:
        """Count a check of an address; two requests about the same address count once."""
        if email not in self.counted:
            rate_limits.hit(rate_limits.ADDRESS_LOOKUP, by=self.by)
            self.counted.add(email)

    def count_listed(self, keys: Iterable[str]) -> None:
        """Count checks of the addresses of a list, by their keys; each counts once an hour.

        So a list that is corrected and checked many times counts as often as it has new addresses.
        """
        hour = int(time() // rate_limits.LISTED_ADDRESSES.seconds)
        remembered = self._key("listed", str(hour))
        digests = {key: sha256(key.encode()).digest() for key in keys}
        before: frozenset[bytes] = cache.get(remembered, frozenset())
        new = set(digests.values()) - before
        if new:
            rate_limits.hit(rate_limits.LISTED_ADDRESSES, by=self.by, times=len(new))
            cache.set(remembered, before | new, rate_limits.LISTED_ADDRESSES.seconds)
        self.counted.update(digests)

    def _user(self, user_id: UUID, email: str) -> AworkUser:
        self._count(email)
        return self.client.user(user_id)

    def _users(self, email: str) -> tuple[list[AworkUser], Sight]:
        self._count(email)
        client, sight = self._best_reader()
        return (client.users_by_email(email), sight) if client else ([], sight)

    def _all_users(self) -> tuple[list[AworkUser], Sight]:
        client, sight = self._best_reader()
        return (client.users(), sight) if client else ([], sight)

    def _best_reader(self) -> tuple[Client | None, Sight]:
        """The client that sees most users: the user's or the API key's; None if both see only themselves."""
        if self.sight is Sight.EVERYBODY:
            return self.client, self.sight
        api_key = api_key_client(self.user.workspace_id)
        of_key = _sight_of(api_key) if api_key else Sight.ONESELF
        if of_key is Sight.EVERYBODY or self.sight is Sight.ONESELF:
            return (None if of_key is Sight.ONESELF else api_key), of_key
        return self.client, self.sight

    def _has_role(self, user_id: UUID, role_id: UUID) -> bool | None:
        client = self._role_reader()
        return client.has_role(user_id, role_id) if client else None

    def _users_with_role(self, role_id: UUID) -> frozenset[UUID] | None:
        client = self._role_reader()
        return frozenset(client.users_with_role(role_id)) if client else None

    def _role_reader(self) -> Client | None:
        return self.client if self.user.can_list_roles else api_key_client(self.user.workspace_id)

    def _cached(self, name: str, argument: str, request: Callable[[], T]) -> T:
        key = self._key(name, argument)
        entry: Any = cache.get(key)
        if entry is None:
            entry = (request(),)  # a tuple, since None is a valid result
            cache.set(key, entry, CACHE_SECONDS)
        result: T = entry[0]
        return result

    def _key(self, name: str, argument: str) -> str:
        # A digest, so that no address can be read from the cache's keys.
        return f"{name}:{self.user.pk}:{sha256(argument.encode()).hexdigest()}"


def _sight(sees_all: bool, can_list: bool) -> Sight:
    return Sight.EVERYBODY if sees_all else Sight.TEAMS if can_list else Sight.ONESELF


def _sight_of(api_key: Client) -> Sight:
    """Which users the API key sees, read once an hour."""
    sight: Sight | None = cache.get("api-key-sight")
    if sight is None:
        found = api_key.permissions()
        sight = _sight(found.sees_all_users, found.can_list_users)
        cache.set("api-key-sight", sight, API_KEY_CACHE_SECONDS)
    return sight


def _none_if_hidden(request: Callable[[], T]) -> T | None:
    try:
        return request()
    except (NotFound, Forbidden):
        return None


def _none_if_refused(request: Callable[[], T | None]) -> T | None:
    """For requests that only help to fill in the form."""
    try:
        return request()
    except AworkRefused:
        return None
