"""`/invite/`: fill in an invitation, and send it."""

from typing import cast

from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from invites.draft import Draft, build_draft
from invites.forms import InviteForm
from invites.lookup import tasks
from invites.lookup.awork import AworkLookup
from invites.messages import message_for
from invites.models import Invitation, Reason
from invites.policy.decision import record_denials
from invites.policy.recheck import Denied, StaleForm
from invites.sending.create import create
from invites.sending.send import send
from invites.views.choices import choices
from portal import actor
from portal.accounts.permissions import inviter_required
from portal.email_addresses import key_of
from portal.web import form_recovery
from portal.web.htmx import SignedInRequest, render_page

FRAGMENTS = {
    "task-options": "invites/_options.html",
    "task-part": "invites/_task_part.html",
    "panel": "invites/_panel_part.html",
}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@inviter_required
def invite(request: SignedInRequest) -> HttpResponseBase:
    """Show the form as the address fills it in; a POST sends the invitation, once."""
    return _send(request) if request.method == "POST" else _show(request)


def _show(request: SignedInRequest) -> HttpResponse:
    form, who = InviteForm.fresh(form_recovery.pop(request) or request.GET), actor.for_request(request)
    if request.htmx.target == "task-options":  # each pause in typing makes one call: no roles
        return _page(request, Draft(form, AworkLookup(request.user, by=who)))
    return _page(request, build_draft(form, request.user, by=who))


def _send(request: SignedInRequest) -> HttpResponseBase:
    form, who = InviteForm(_with_named_task(request.POST)), actor.for_request(request)
    draft = build_draft(form, request.user, is_submitted=True, by=who)
    earlier = _already_sent(request, draft)
    if earlier:
        return redirect("invite-result", earlier.id)
    if draft.error or draft.messages:
        return refuse(request, draft)
    client = draft.lookup.client
    try:
        invitation, is_new = create(draft.invitation(), by=who)
    except Denied as problem:
        draft.deny(problem.denial)
        return refuse(request, draft)
    except StaleForm:
        draft.form, draft.error = InviteForm.fresh(request.POST), message_for(Reason.FORM_OUTDATED)
        return refuse(request, draft)
    if is_new:
        send(invitation, client, by=who)
    return redirect("invite-result", invitation.id)


def _with_named_task(posted: QueryDict) -> QueryDict:
    """Without a script, a key or link may stand in the search field alone."""
    fields = posted.copy()
    if not fields.get("task") and tasks.parse_reference(fields.get("q", "")):
        fields["task"] = fields.get("q", "")
    return fields


def _already_sent(request: SignedInRequest, draft: Draft) -> Invitation | None:
    """The invitation that this very form has made: pressed twice, reloaded, gone back and pressed again.

    A form that was changed since gets a new key, and says so: another guest must not vanish silently.
    """
    earlier = Invitation.objects.filter(form_key=draft.form.known("key"), inviter=request.user).first()
    if earlier is None:
        return None
    email = draft.form.known("email") or ""
    if draft.task and (earlier.task_id, earlier.email_key) != (draft.task.id, key_of(email)):
        draft.form = InviteForm.fresh(cast(QueryDict, draft.form.data))
        draft.error = message_for(Reason.FORM_ALREADY_SENT)
        return None
    return earlier


def refuse(request: SignedInRequest, draft: Draft) -> HttpResponse:
    """Show the form again with what is wrong, and record what the policy denied."""
    record_denials(draft.invitation(), draft.denials, by=actor.for_request(request))
    return _page(request, draft, status=422)


def _page(request: SignedInRequest, draft: Draft, *, status: int = 200) -> HttpResponse:
    context = {"draft": draft, "form": draft.form, **choices(draft, asked=request.htmx.target)}
    fragment = FRAGMENTS.get(request.htmx.target or "", "invites/_invite.html")
    return render_page(request, "invites/invite.html", context, fragment=fragment, status=status)
