"""`/invitations/<id>/again/`: *Try again*, for an invitation that was not sent."""

from uuid import UUID

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect

from invites.draft import understand
from invites.forms import InviteForm
from invites.models import Invitation
from invites.reasons import explain
from invites.services.again import ask_again
from invites.services.gate import Outdated, Refused
from invites.services.send import send
from invites.views.answer import fields_of
from invites.views.invite import refuse
from portal import actor
from portal.access import inviter
from portal.page import SignedIn, acts


@inviter
@acts(at="invitation")
def try_again(request: SignedIn, invitation_id: UUID) -> HttpResponseBase:
    """Send the same record once more, or show its form with what speaks against it."""
    invitation = get_object_or_404(Invitation, id=invitation_id, inviter=request.user)
    if not invitation.may_be_tried_again:
        return redirect("invitation", invitation.id)
    form, who = InviteForm.fresh(fields_of(invitation)), actor.of(request)
    draft = understand(form, request.user, finished=True, by=who)
    if draft.trouble or draft.notes:
        return refuse(request, draft)
    client = draft.questions.client
    try:
        is_ours = ask_again(invitation, by=who, policy=draft.policy.number)
    except Refused as problem:
        draft.refuse(problem.refusal)
        return refuse(request, draft)
    except Outdated:
        draft.trouble = explain("outdated")
        return refuse(request, draft)
    if is_ours:
        send(invitation, client, by=who)
    return redirect("invitation", invitation.id)
