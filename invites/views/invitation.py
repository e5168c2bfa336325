"""`/invitations/<id>/`: one invitation."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from invites.audit import presenters
from invites.audit.catalogue import EventType
from invites.audit.models import Event
from invites.audit.presenters import EventPresenter
from invites.lookup.tasks import task_url
from invites.models import Guest, Invitation
from invites.outcome import outcome_context
from invites.sending.reconcile import reconcile
from portal import actor
from portal.accounts.permissions import member_required
from portal.web.htmx import SignedInRequest, render_page

CHECKS = {EventType.INVITATION_CHECKED, EventType.INVITATION_SETTLED}


@require_safe
@member_required
def invitation(request: SignedInRequest, invitation_id: UUID) -> HttpResponse:
    """How an invitation went, its story, and the next steps."""
    found = get_object_or_404(Invitation.visible_to(request.user), id=invitation_id)
    if found.is_due:
        reconcile(found, by=actor.for_request(request), reader=request.user)
    events = Event.objects.filter(invitation=found.id, workspace=found.workspace_id).order_by("sequence")
    story = presenters.present(list(events))
    context = {
        **outcome_context(found),
        "story": story,
        "guest": _guest(found),
        "check": _last_check(story),
        "calls": [row.event for row in story if row.event.exchange],
        "task_url": task_url(found.task_id),
    }
    return render_page(request, "invites/invitation.html", context)


def _guest(invitation: Invitation) -> Guest | None:
    """What has become of the guest, once awork has confirmed an invitation."""
    same = Guest.objects.filter(workspace=invitation.workspace_id, email_key=invitation.email_key)
    return same.first()


def _last_check(story: list[EventPresenter]) -> EventPresenter | None:
    """The last check with awork of the last attempt."""
    for row in reversed(story):
        if row.event.type == EventType.INVITATION_REQUESTED:
            return None
        if row.event.type in CHECKS:
            return row if row.asked_awork else None
    return None
