"""The tasks that the page offers to choose from."""

from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.functional import Promise

from invites.draft import Draft
from invites.lookup import tasks
from invites.messages import message_for
from invites.models import Reason
from invites.policy.decision import task_warning
from invites.preview import preview
from portal.awork.errors import AworkError, SignInExpired
from portal.awork.schemas import Task

KEPT = ("role", "email", "first_name", "last_name", "gender", "keep_assignees")


@dataclass(frozen=True)
class Option:
    """A task on offer, and why it is a poor choice if it is one."""

    task: Task
    note: Promise | str


def choices(draft: Draft, *, asked: str | None) -> dict[str, Any]:
    """What the templates of the form need beside the draft."""
    words = draft.form.data.get("q", "").strip()
    found = _options(draft, words) if asked == "task-options" or not draft.task else []
    return {
        "q": words,
        "options": found,
        "typed": typed(draft.form.data),
        "preview": preview(draft),
    }


def _options(draft: Draft, words: str) -> list[Option]:
    if draft.error:
        return []
    try:
        found = tasks.search(words, draft.lookup)
    except SignInExpired:
        raise
    except AworkError:
        draft.error = message_for(Reason.UNREACHABLE)
        return []
    return [Option(task, task_warning(task, draft.policy.rules)) for task in found]


def typed(fields: Any) -> QueryDict:
    """What was entered besides the task, for links that keep it."""
    kept = QueryDict(mutable=True)
    for name in KEPT:
        if fields.get(name):
            kept[name] = fields[name]
    return kept
