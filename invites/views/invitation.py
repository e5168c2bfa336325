"""`/invitations/<id>/`: the record of one invitation."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from invites.audit import presenters
from invites.audit.models import Event
from invites.models import Invitation
from invites.policy import AWORK_TASK
from invites.services.reconcile import reconcile
from invites.views.answer import known
from portal import actor
from portal.access import member
from portal.page import SignedIn, page


@never_cache
@require_safe
@member
def invitation(request: SignedIn, invitation_id: UUID) -> HttpResponse:
    """What is known of an invitation that one may see, what happened to it, and what can be done."""
    found = get_object_or_404(Invitation.visible_to(request.user), id=invitation_id)
    if found.is_due:
        reconcile(found, by=actor.of(request), reader=request.user)
    events = Event.objects.filter(invitation=found.id, workspace=found.workspace_id).order_by("sequence")
    context = {
        **known(found),
        "rows": presenters.rows(list(events)),
        "task_address": f"{AWORK_TASK}{found.task_id}",
    }
    return page(request, "invites/invitation.html", context)
