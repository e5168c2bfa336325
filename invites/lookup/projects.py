"""The projects that a policy can close, as its administrator sees them."""

from dataclasses import dataclass

from django.core.cache import cache

from invites.lookup.awork import AworkLookup
from portal.awork.errors import AworkError, SignInExpired
from portal.awork.schemas import Project

CACHE_SECONDS = 3600


@dataclass(frozen=True)
class ProjectList:
    """Projects; not `is_current` if awork could not be asked and they are up to an hour old."""

    projects: list[Project]
    is_current: bool = True


def list_projects(lookup: AworkLookup) -> ProjectList:
    """The projects as awork lists them now, or as it listed them last; raises `SignInExpired` only."""
    key = f"projects-seen:{lookup.user.pk}"
    try:
        current = lookup.projects()
    except SignInExpired:
        raise
    except AworkError:
        return ProjectList(cache.get(key, []), is_current=False)
    cache.set(key, current, CACHE_SECONDS)
    return ProjectList(current)
