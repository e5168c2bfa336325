"""One event: its recorded fields, awork's answer, and its chain position."""

import json
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from invites.audit import chain, facts, presenters
from invites.audit.models import Event
from portal.accounts.permissions import auditor_required
from portal.actor import PORTAL_WORKSPACE
from portal.web.htmx import SignedInRequest, render_page

NEIGHBOURS = 100


@require_safe
@auditor_required
def event(request: SignedInRequest, sequence: int) -> HttpResponse:
    """An event of the reader's workspace."""
    return _show(request, request.user.workspace_id, sequence)


@require_safe
@auditor_required
def portal_event(request: SignedInRequest, sequence: int) -> HttpResponse:
    """An event of the portal as a whole."""
    return _show(request, PORTAL_WORKSPACE, sequence)


def _show(request: SignedInRequest, workspace: UUID, sequence: int) -> HttpResponse:
    found = get_object_or_404(Event, workspace=workspace, sequence=sequence)
    both = Event.objects.filter(workspace__in={request.user.workspace_id, PORTAL_WORKSPACE})
    same = both.filter(request_id=found.request_id).order_by("at", "id")[:NEIGHBOURS]
    last = chain.last(workspace)
    row = presenters.present([found])[0]
    context = {
        "row": row,
        "facts": facts.facts(row),
        "links": {
            "task": facts.link("task", found.task_id),
            "invitation": facts.link("invitation", found.invitation),
        },
        "recorded": json.dumps(chain.body(found), ensure_ascii=False, indent=2, sort_keys=True, default=str),
        "neighbours": presenters.present([one for one in same if one.id != found.id]),
        "count": max(found.sequence, last.sequence if last else 0),
    }
    return render_page(request, "audit/event.html", context)
