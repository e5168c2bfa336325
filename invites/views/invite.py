"""`/invite/`: fill in an invitation, and send it."""

from typing import cast

from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from invites.draft import Draft, build_draft
from invites.form_page import refuse, render_form
from invites.forms import InviteForm
from invites.lookup import tasks
from invites.lookup.awork import AworkLookup
from invites.messages import message_for
from invites.models import Invitation, Reason
from invites.policy.recheck import Denied, StaleForm
from invites.preview import was_previewed
from invites.sending.create import create
from invites.sending.send import send
from portal import actor
from portal.accounts.permissions import inviter_required
from portal.email_addresses import key_of
from portal.web import form_recovery
from portal.web.htmx import SignedInRequest


@require_http_methods(["GET", "HEAD", "POST"])
@inviter_required
def invite(request: SignedInRequest) -> HttpResponseBase:
    """Show the form, filled in from the URL; a POST sends the invitation, once."""
    return _send(request) if request.method == "POST" else _show(request)


def _show(request: SignedInRequest) -> HttpResponse:
    form, by = InviteForm.fresh(form_recovery.pop(request) or request.GET), actor.for_request(request)
    if request.htmx.target == "task-options":  # the search needs no roles, and asks at each pause in typing
        return render_form(request, Draft(form, AworkLookup(request.user, by=by)))
    return render_form(request, build_draft(form, request.user, by=by))


def _send(request: SignedInRequest) -> HttpResponseBase:
    form, by = InviteForm(_with_named_task(request.POST)), actor.for_request(request)
    draft = build_draft(form, request.user, is_submitted=True, by=by)
    if draft.error or draft.messages:
        earlier = Invitation.objects.filter(form_key=form.valid("key"), inviter=request.user).first()
        return _show_earlier(request, draft, earlier) if earlier else refuse(request, draft)
    if not was_previewed(draft):
        return render_form(request, draft, confirm=True)
    client = draft.lookup.client
    try:
        invitation, is_new = create(draft.invitation(), by=by, comment=draft.comment())
    except Denied as problem:
        draft.deny(problem.denial)
        return refuse(request, draft)
    except StaleForm:
        draft.form, draft.error = InviteForm.fresh(request.POST), message_for(Reason.FORM_OUTDATED)
        return refuse(request, draft)
    if not is_new:
        return _show_earlier(request, draft, invitation)
    send(invitation, client, by=by)
    return redirect("invite-result", invitation.id)


def _with_named_task(posted: QueryDict) -> QueryDict:
    """Take a key or link from the search field, which is how a page without a script names the task."""
    fields = posted.copy()
    if not fields.get("task") and tasks.parse_reference(fields.get("q", "")):
        fields["task"] = fields.get("q", "")
    return fields


def _show_earlier(request: SignedInRequest, draft: Draft, earlier: Invitation) -> HttpResponseBase:
    """Show the result of the invitation that this form created before, for example after a double click.

    If the task or the guest was changed since then, the form gets a new key and has to be sent again.
    """
    email = draft.form.valid("email") or ""
    if not draft.task or (earlier.task_id, earlier.email_key) == (draft.task.id, key_of(email)):
        return redirect("invite-result", earlier.id)
    draft.form = InviteForm.fresh(cast(QueryDict, draft.form.data))
    draft.error = message_for(Reason.FORM_ALREADY_SENT)
    return refuse(request, draft)
