"""`/invite/assign/`: assign a guest of the project to one more task of it, after a confirmation."""

from typing import Any

from django.http import HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from invites.draft import build_draft
from invites.form_page import entered
from invites.forms import InviteForm
from invites.lookup.awork import AworkLookup
from invites.lookup.tasks import task_url
from invites.messages import message_for
from invites.models import Reason, State
from invites.preview import preview
from invites.sending.assign_guest import assign_guest
from invites.sending.result import NOT_SENT_REASONS, SendResult
from portal import actor
from portal.accounts.permissions import inviter_required
from portal.awork.errors import AworkError, SignInExpired
from portal.awork.schemas import AworkUser, Task
from portal.locks import LockBusy
from portal.web.htmx import SignedInRequest, render_page

TONES = {State.SENT: "success", State.UNCLEAR: "warning"}


@require_http_methods(["GET", "HEAD", "POST"])
@inviter_required
def assign(request: SignedInRequest) -> HttpResponseBase:
    """Ask to confirm; a POST assigns the guest. Where that can't be done, the invite form says why."""
    form = InviteForm.fresh(request.POST if request.method == "POST" else request.GET)
    draft = build_draft(form, request.user, by=actor.for_request(request))
    back = reverse("invite", query=_everything_entered(form))
    if not draft.assignable:
        return redirect(back)
    guest, task = draft.assignable
    context: dict[str, Any] = {"guest": guest, "task": task, "preview": preview(draft), "back": back}
    if request.method != "POST":
        return render_page(request, "invites/assign.html", context)
    result = _assign(guest, task, request, draft.lookup)
    context |= {"result": result, "tone": TONES.get(result.state, "danger"), "task_url": task_url(task.id)}
    context["reason"] = message_for(result.reason) if result.reason else None
    return render_page(request, "invites/assigned.html", context)


def _everything_entered(form: InviteForm) -> QueryDict:
    fields = entered(form.data)
    fields["task"] = form.data.get("task", "")
    return fields


def _assign(guest: AworkUser, task: Task, request: SignedInRequest, lookup: AworkLookup) -> SendResult:
    try:
        return assign_guest(guest, task.id, lookup.client, by=actor.for_request(request))
    except SignInExpired:
        raise
    except LockBusy:
        return SendResult(State.NOT_SENT, Reason.TASK_BUSY)
    except AworkError as problem:
        return SendResult(State.NOT_SENT, NOT_SENT_REASONS.get(type(problem), Reason.TASK_UNREADABLE))
    finally:
        lookup.forget_task(task)
