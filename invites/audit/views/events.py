"""The log's page: filters, a page of events, and a badge on its chain."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from invites.audit import checkpoints, paging, presenters
from invites.audit.filters import EventFilter
from portal.accounts.permissions import auditor_required
from portal.web.htmx import SignedInRequest, render_page


@require_safe
@auditor_required
def events(request: SignedInRequest) -> HttpResponse:
    """The events of the reader's workspace, newest first."""
    wanted = EventFilter(request.GET, request.user.workspace_id)
    chains = wanted.chains()
    found = paging.read(
        chains,
        words=wanted.has_words,
        before=_number(request, "before"),
        after=_number(request, "after"),
    )
    context = {
        "filter": wanted,
        "rows": presenters.present(found.events),
        "verified": presenters.last_verification(request.user.workspace_id),
        "public_key": checkpoints.public_key(),
        "newer": _address(wanted, "after", found.newer),
        "older": _address(wanted, "before", found.older),
    }
    return render_page(request, "audit/events.html", context, fragment="audit/_events.html")


def _number(request: SignedInRequest, name: str) -> int | None:
    value = request.GET.get(name, "")
    return int(value) if value.isdecimal() and len(value) < 19 else None


def _address(wanted: EventFilter, name: str, start: int | None) -> str:
    if start is None:
        return ""
    return "?" + "&".join(part for part in (wanted.query(), f"{name}={start}") if part)
