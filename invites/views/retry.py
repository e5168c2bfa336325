"""`/invitations/<id>/retry/`: send an invitation once more that was refused or not sent."""

from uuid import UUID

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect

from invites.draft import build_draft
from invites.form_page import refuse
from invites.forms import InviteForm
from invites.messages import message_for
from invites.models import Invitation, Reason
from invites.outcome import form_data
from invites.policy.recheck import Denied, StaleForm
from invites.sending.retry import prepare_retry
from invites.sending.send import send
from portal import actor
from portal.accounts.permissions import inviter_required
from portal.web.htmx import SignedInRequest, post_only


@inviter_required
@post_only(at="invitation")
def retry(request: SignedInRequest, invitation_id: UUID) -> HttpResponseBase:
    """Send the invitation once more, or show its form with what is wrong."""
    invitation = get_object_or_404(Invitation, id=invitation_id, inviter=request.user)
    if not invitation.can_retry:
        return redirect("invitation", invitation.id)
    form, by = InviteForm.fresh(form_data(invitation)), actor.for_request(request)
    draft = build_draft(form, request.user, is_submitted=True, by=by)
    draft.id = invitation.id
    if draft.error or draft.messages or not draft.task:
        return refuse(request, draft)
    client = draft.lookup.client
    try:
        is_ours = prepare_retry(invitation, draft.task, by=by, policy=draft.policy.number)
    except Denied as problem:
        draft.deny(problem.denial)
        return refuse(request, draft)
    except StaleForm:
        draft.error = message_for(Reason.FORM_OUTDATED)
        return refuse(request, draft)
    if is_ours:
        send(invitation, client, by=by)
    return redirect("invitation", invitation.id)
