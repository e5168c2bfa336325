"""The page of the invite form, for the views that show it."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, QueryDict
from django.utils.functional import Promise
from django_htmx.http import replace_url

from invites.bookmark import bookmark, searched, unknown_parameters, with_search
from invites.draft import MAX_URL, Draft, lookup_error
from invites.forms import EndField, InviteForm
from invites.lookup import tasks
from invites.policy.decision import record_denials, task_warning
from invites.preview import preview
from portal import actor
from portal.awork.errors import AworkError
from portal.awork.schemas import Task
from portal.web.htmx import SignedInRequest, current_page, render_page

FRAGMENTS = {
    "task-options": "invites/_options.html",
    "task-part": "invites/_task_part.html",
    "panel": "invites/_panel_part.html",
}
WITHOUT_TASK = [name for name in InviteForm.base_fields if name not in {"key", "task"}]


@dataclass(frozen=True)
class TaskOption:
    """A task to choose, and why it is a poor choice if it is one.

    `is_named`: the user entered its id, key or link, and means no other.
    """

    task: Task
    warning: Promise | str
    is_named: bool


def render_form(
    request: SignedInRequest, draft: Draft, *, status: int = 200, confirm: bool = False
) -> HttpResponse:
    """The whole page, or the part of it that htmx asked for; with `confirm` it asks to check the preview."""
    search = draft.form.data.get("q", "").strip()
    lists_tasks = request.htmx.target == "task-options" or not draft.task
    context: dict[str, Any] = {
        "draft": draft,
        "form": draft.form,
        "q": search,
        "options": _task_options(draft, search) if lists_tasks else [],
        "entered": entered(draft.form.data),
        "preview": preview(draft),
        "confirm": confirm,
        "unknown": unknown_parameters(request.GET),
        "bookmark": bookmark(draft, search=search),
        "bookmark_without_guest": bookmark(draft, with_guest=False),
    }
    fragment = FRAGMENTS.get(request.htmx.target or "", "invites/_invite.html")
    response = render_page(request, "invites/invite.html", context, fragment=fragment, status=status)
    if request.htmx.target in FRAGMENTS and len(address := _address(request, draft, search)) <= MAX_URL:
        replace_url(response, address)
    return response


def _address(request: SignedInRequest, draft: Draft, search: str) -> str:
    """What the address bar shows after this response: it follows the form, so a reload loses nothing."""
    current = current_page(request)
    if request.htmx.target == "task-options":
        return with_search(current, search)
    return bookmark(draft, search=searched(current))


def refuse(request: SignedInRequest, draft: Draft) -> HttpResponse:
    """The form with what is wrong; denials by the policy are recorded."""
    record_denials(draft.invitation(), draft.denials, by=actor.for_request(request))
    return render_form(request, draft, status=422)


def entered(data: Any) -> QueryDict:
    """What was entered besides the task, for links that preserve it."""
    fields = QueryDict(mutable=True)
    for name in WITHOUT_TASK:
        if data.get(name):
            fields[name] = data[name]
    if data.get("ends_for") and not data.get("ends_on"):
        fields["ends_on"] = EndField.NONE  # the proposed end date was removed
    return fields


def _task_options(draft: Draft, search: str) -> list[TaskOption]:
    if draft.error:
        return []
    try:
        found = tasks.search(search, draft.lookup)
    except AworkError as problem:
        draft.error = lookup_error(problem, is_submitted=draft.is_submitted)
        return []
    rules = draft.policy.rules
    return [TaskOption(task, task_warning(task, rules), tasks.names(search, task)) for task in found]
