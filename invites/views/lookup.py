"""`/invitations/<id>/lookup/`: *Look it up in awork*."""

from uuid import UUID

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect

from invites.models import Invitation
from invites.services.reconcile import reconcile
from portal import actor
from portal.access import member
from portal.page import SignedIn, acts


@member
@acts(at="invitation")
def look_up(request: SignedIn, invitation_id: UUID) -> HttpResponseBase:
    """Look at awork for what became of it; the record tells what was seen."""
    invitation = get_object_or_404(Invitation.visible_to(request.user), id=invitation_id)
    reconcile(invitation, by=actor.of(request), reader=request.user)
    return redirect("invitation", invitation.id)
