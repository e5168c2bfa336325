"""`/invite/<id>/`: the answer to *Send invitation*."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe
from django_htmx.http import push_url

from invites.models import Invitation
from invites.outcome import outcome_context
from portal.accounts.permissions import inviter_required
from portal.web.htmx import SignedInRequest, render_page


@require_safe
@inviter_required
def result(request: SignedInRequest, invitation_id: UUID) -> HttpResponse:
    """How an invitation of this user went, and the next step."""
    invitation = get_object_or_404(Invitation, id=invitation_id, inviter=request.user)
    context = outcome_context(invitation)
    response = render_page(request, "invites/result.html", context, fragment="invites/_result.html")
    return push_url(response, request.path)
