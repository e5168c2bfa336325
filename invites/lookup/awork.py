"""Questions to awork while somebody fills in the form; the same one is not asked twice in a minute."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any, TypeVar
from uuid import UUID

from django.core.cache import cache
from django.utils.functional import cached_property  # Python's own holds a lock in 3.11, for all at once

from portal import actor
from portal.actor import Actor
from portal.awork.client import Client
from portal.awork.errors import AworkRefused, Forbidden, NotFound
from portal.awork.schemas import AworkUser, NameSuggestion, Project, Task
from portal.awork.tokens import api_key_client, client_for
from portal.email_addresses import spellings
from portal.models import User
from portal.web import rate_limits

CACHE_SECONDS = 60
T = TypeVar("T")


class AworkLookup:
    """One person's questions, answered as awork answers that person and from their own cache.

    All raise the errors of `portal.awork.errors`; what awork does not show to this person is None. How many
    addresses somebody asks about is limited, or the whole workspace could be read off: `limits.TooMany`.
    """

    def __init__(self, user: User, *, by: Actor | None = None) -> None:
        self.user = user
        self.by = by or actor.for_user(user)
        self.counted: set[str] = set()

    @cached_property
    def client(self) -> Client:
        """The door, opened when the first question is not in the cache."""
        return client_for(self.user)

    def tasks(self, words: str) -> list[Task]:
        """Tasks that match the words."""
        return self._ask("tasks", words, lambda: self.client.search_tasks(words))

    def latest_tasks(self) -> list[Task]:
        """Tasks that the person may see, changed last."""
        return self._ask("latest", "", lambda: self.client.available_tasks())

    def task(self, task_id: UUID) -> Task | None:
        """The task, unless unknown or not visible to this person."""
        return self._ask("task", str(task_id), lambda: _or_none(lambda: self.client.task(task_id)))

    def task_by_key(self, key: str) -> Task | None:
        """The task with this key, unless unknown or not visible to this person."""
        return self._ask("key", key, lambda: _or_none(lambda: self.client.task_by_key(key)))

    def projects(self) -> list[Project]:
        """The projects that the person may read."""
        return self._ask("projects", "", lambda: self.client.projects())

    def members(self, email: str) -> list[AworkUser]:
        """Members of the workspace with this address, as the person sees them, or else the portal's key."""
        return self._ask("members", email, lambda: _refused_is_none(lambda: self._members(email)) or [])

    def name_suggestion(self, email: str) -> NameSuggestion | None:
        """What awork makes of the address, None where nothing."""
        return self._ask("guess", email, lambda: _refused_is_none(lambda: self._name_suggestion(email)))

    def _name_suggestion(self, email: str) -> NameSuggestion | None:
        self._count(email)
        return self.client.name_suggestion(email)

    def _count(self, email: str) -> None:
        """Two questions about the same address count once."""
        if email not in self.counted:
            rate_limits.hit(rate_limits.ADDRESS_LOOKUP, by=self.by)
            self.counted.add(email)

    def _members(self, email: str) -> list[AworkUser]:
        self._count(email)
        client = self.client if self.user.can_list_users else api_key_client(self.user.workspace_id)
        if client is None:
            return []
        return next((found for one in spellings(email) if (found := client.users_by_email(one))), [])

    def _ask(self, question: str, about: str, answer: Callable[[], T]) -> T:
        # The digest: an address is not to be read from a cache's keys.
        key = f"{question}:{self.user.pk}:{sha256(about.encode()).hexdigest()}"
        found: Any = cache.get(key)
        if found is None:
            found = (answer(),)
            cache.set(key, found, CACHE_SECONDS)
        told: T = found[0]
        return told


def _or_none(ask: Callable[[], T]) -> T | None:
    try:
        return ask()
    except (NotFound, Forbidden):
        return None


def _refused_is_none(ask: Callable[[], T | None]) -> T | None:
    """What only helps to fill in the form is left out where awork refuses it."""
    try:
        return ask()
    except AworkRefused:
        return None
