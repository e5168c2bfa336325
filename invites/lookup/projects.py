"""The projects that a policy may close, as its administrator sees them."""

from dataclasses import dataclass

from django.core.cache import cache

from invites.lookup.awork import AworkLookup
from portal.awork.errors import AworkError, SignInExpired
from portal.awork.schemas import Project

CACHE_SECONDS = 3600


@dataclass(frozen=True)
class ProjectList:
    """Projects; not `fresh` where awork did not tell just now, and they are those of the last hour."""

    projects: list[Project]
    fresh: bool = True


def list_projects(lookup: AworkLookup) -> ProjectList:
    """The projects as awork tells them, or told them last; raises `SignInExpired` only."""
    key = f"projects-seen:{lookup.user.pk}"
    try:
        found = lookup.projects()
    except SignInExpired:
        raise
    except AworkError:
        return ProjectList(cache.get(key, []), fresh=False)
    cache.set(key, found, CACHE_SECONDS)
    return ProjectList(found)
