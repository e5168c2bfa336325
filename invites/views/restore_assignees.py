"""`/invitations/<id>/restore-assignees/`: restore the assignees of a task, if sending could not."""

from uuid import UUID

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from invites.models import Invitation
from invites.sending import assignees
from portal import actor
from portal.accounts.permissions import inviter_required
from portal.awork.errors import AworkError, ClientRejected, SignInExpired
from portal.awork.tokens import client_for
from portal.locks import LockBusy
from portal.web.htmx import SignedInRequest, post_only


@inviter_required
@post_only(at="invitation")
def restore_assignees(request: SignedInRequest, invitation_id: UUID) -> HttpResponseBase:
    """Try once more, and show how it went."""
    invitation = get_object_or_404(Invitation.visible_to(request.user), id=invitation_id)
    try:
        assignees.restore_assignees(invitation, client_for(request.user), by=actor.for_request(request))
    except (SignInExpired, ClientRejected):
        raise
    except LockBusy:
        return redirect(reverse("invitation", args=[invitation.id], query={"busy": "1"}))
    except AworkError:
        return redirect("invitation", invitation.id)  # the page offers it again
    return redirect("invitation", invitation.id)
