"""`/invitations/<id>/check/`: check an unclear invitation with awork."""

from uuid import UUID

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect

from invites.models import Invitation
from invites.sending.reconcile import reconcile
from portal import actor
from portal.accounts.permissions import member_required
from portal.web.htmx import SignedInRequest, post_only


@member_required
@post_only(at="invitation")
def check(request: SignedInRequest, invitation_id: UUID) -> HttpResponseBase:
    """Find out what became of it, and show that."""
    invitation = get_object_or_404(Invitation.visible_to(request.user), id=invitation_id)
    reconcile(invitation, by=actor.for_request(request), reader=request.user)
    return redirect("invitation", invitation.id)
