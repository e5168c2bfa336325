"""Requests to awork while a form is filled in, each cached for a minute."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any, TypeVar
from uuid import UUID

from django.core.cache import cache
from django.utils.functional import cached_property  # in 3.11, Python's own locks across all instances

from portal import actor
from portal.actor import Actor
from portal.awork.client import Client
from portal.awork.errors import AworkRefused, Forbidden, NotFound
from portal.awork.schemas import AworkUser, NameSuggestion, Project, Task
from portal.awork.tokens import api_key_client, client_for
from portal.models import User
from portal.web import rate_limits

CACHE_SECONDS = 60
T = TypeVar("T")


class AworkLookup:
    """Requests on behalf of one user, with that user's own cache.

    All raise the errors of `portal.awork.errors`; what the user can't see in awork is None. The number of
    addresses is limited (`rate_limits.RateLimitExceeded`), or one could find out who is in the workspace.
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
        request = lambda: _none_if_hidden(lambda: self.client.project(project_id))  # noqa: E731
        return self._cached("project", str(project_id), request)

    def projects(self) -> list[Project]:
        """The projects that the user can see."""
        return self._cached("projects", "", lambda: self.client.projects())

    def members(self, email: str) -> list[AworkUser]:
        """Members of the workspace with this address, as far as the user or the portal's API key can see."""
        return self._cached("members", email, lambda: _none_if_refused(lambda: self._members(email)) or [])

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

    def _members(self, email: str) -> list[AworkUser]:
        self._count(email)
        client = self.client if self.user.can_list_users else api_key_client(self.user.workspace_id)
        return client.users_by_email(email) if client else []

    def _cached(self, name: str, argument: str, request: Callable[[], T]) -> T:
        # A digest, so that no address can be read from the cache's keys.
        key = f"{name}:{self.user.pk}:{sha256(argument.encode()).hexdigest()}"
        entry: Any = cache.get(key)
        if entry is None:
            entry = (request(),)  # a tuple, since None is a valid result
            cache.set(key, entry, CACHE_SECONDS)
        result: T = entry[0]
        return result


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
