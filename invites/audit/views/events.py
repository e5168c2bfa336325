"""`/audit/`: filters, a page of events, and the last verification."""

import logging
from typing import Any

from django.http import HttpResponse
from django.urls import NoReverseMatch
from django.views.decorators.http import require_safe

from invites.audit import checkpoints, presenters, refusals
from invites.audit.filters import EventFilter
from invites.audit.reader import UNREADABLE
from invites.audit.status import log_status
from invites.audit.undecoded import undecoded_text
from portal.accounts.permissions import auditor_required
from portal.web.htmx import SignedInRequest, render_page
from portal.web.pagination import NEWER, OLDER

FRAGMENT = "audit/_events.html"  # what filters and pagination replace

log = logging.getLogger(__name__)


@require_safe
@auditor_required
def events(request: SignedInRequest) -> HttpResponse:
    """The events of the reader's workspace, newest first; of a tampered log at least the verification."""
    refusals.record_omitted(request.user.workspace_id)
    status = {"status": log_status(request.user.workspace_id)}
    try:
        with undecoded_text():
            return render_page(request, "audit/events.html", status | _context(request), fragment=FRAGMENT)
    except (*UNREADABLE, NoReverseMatch):
        log.exception("the events of a page could not be read")
        fragment = "audit/_unreadable.html"
        return render_page(request, "audit/unreadable.html", status, fragment=fragment)


def _context(request: SignedInRequest) -> dict[str, Any]:
    wanted = EventFilter(request.GET, request.user.workspace_id)
    page = wanted.paginator.merged_page(wanted.chains(), request.GET.dict())
    return {
        "filter": wanted,
        "rows": presenters.present(page.rows),
        "public_key": checkpoints.public_key(request.user.workspace_id),
        "newer": wanted.url((NEWER, page.newer)),
        "older": wanted.url((OLDER, page.older)),
    }
