"""The projects that a policy may close, as its administrator sees them."""

from dataclasses import dataclass

from django.core.cache import cache

from invites.pickers.questions import Questions
from portal.awork.errors import AworkError, SignInExpired
from portal.awork.shapes import Project

SECONDS = 3600


@dataclass(frozen=True)
class Seen:
    """Projects; not `fresh` where awork did not tell just now, and they are those of the last hour."""

    projects: list[Project]
    fresh: bool = True


def seen(questions: Questions) -> Seen:
    """The projects as awork tells them, or told them last; raises `SignInExpired` only."""
    key = f"projects-seen:{questions.user.pk}"
    try:
        found = questions.projects()
    except SignInExpired:
        raise
    except AworkError:
        return Seen(cache.get(key, []), fresh=False)
    cache.set(key, found, SECONDS)
    return Seen(found)
