"""One event: every recorded field, what awork answered, and its place in the chain."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from invites.audit import presenters
from invites.audit.models import Event
from portal.access import auditor
from portal.actor import PORTAL
from portal.page import SignedIn, page

NEIGHBOURS = 100


@require_safe
@auditor
def event(request: SignedIn, sequence: int) -> HttpResponse:
    """An event of the reader's workspace."""
    return _show(request, request.user.workspace_id, sequence)


@require_safe
@auditor
def portal_event(request: SignedIn, sequence: int) -> HttpResponse:
    """An event of the portal as a whole."""
    return _show(request, PORTAL, sequence)


def _show(request: SignedIn, workspace: UUID, sequence: int) -> HttpResponse:
    chain = Event.objects.filter(workspace=workspace)
    found = get_object_or_404(chain, sequence=sequence)
    both = Event.objects.filter(workspace__in={request.user.workspace_id, PORTAL})
    same = both.filter(correlation=found.correlation).order_by("at", "id")[:NEIGHBOURS]
    context = {
        "row": presenters.rows([found])[0],
        "neighbours": presenters.rows([one for one in same if one.id != found.id]),
        "count": chain.order_by("-sequence").values_list("sequence", flat=True)[0],
    }
    return page(request, "audit/event.html", context)
