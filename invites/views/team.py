"""`/invitations/<id>/team/`: put the team back, when that did not work at first."""

from uuid import UUID

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from invites.models import Invitation
from invites.services.keep_team import restore_again
from portal import actor
from portal.access import inviter
from portal.awork.errors import AworkError, SignInExpired
from portal.awork.tokens import client_for
from portal.claims import Busy
from portal.page import SignedIn, acts


@inviter
@acts(at="invitation")
def put_back(request: SignedIn, invitation_id: UUID) -> HttpResponseBase:
    """Try once more; the record tells how it went."""
    invitation = get_object_or_404(Invitation.visible_to(request.user), id=invitation_id)
    try:
        restore_again(invitation, client_for(request.user), by=actor.of(request))
    except SignInExpired:
        raise
    except Busy:
        return redirect(reverse("invitation", args=[invitation.id], query={"busy": "1"}))
    except AworkError:
        return redirect("invitation", invitation.id)  # as before: the team is still to be put back
    return redirect("invitation", invitation.id)
