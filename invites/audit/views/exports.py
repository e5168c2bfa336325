"""Downloads: exports, checkpoints, and the program that verifies them offline."""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from invites.audit import checkpoints, export, refusals
from invites.audit.filters import EventFilter
from portal.accounts.permissions import auditor_required
from portal.actor import PORTAL_WORKSPACE, for_request
from portal.web import csv, rate_limits
from portal.web.htmx import SignedInRequest

LINES = 500  # that are sent at once, about half a megabyte
VERIFIER = Path(__file__).parents[1] / "verify_export.py"


@require_safe
@auditor_required
def as_csv(request: SignedInRequest) -> HttpResponseBase:
    """Export the filtered events for spreadsheets, with commas or semicolons."""
    separator = csv.Separator.named(request.GET.get("separator"))
    return _stream(request, "csv", "text/csv", lambda found: export.csv_lines(found, separator))


@require_safe
@auditor_required
def as_jsonl(request: SignedInRequest) -> HttpResponseBase:
    """Export the filtered events as JSON lines, which can be verified offline."""
    return _stream(request, "jsonl", "application/jsonl", export.json_lines)


def _stream(
    request: SignedInRequest, form: str, type: str, write: Callable[[export.Export], Iterator[str]]
) -> HttpResponseBase:
    wanted = EventFilter(request.GET, request.user.workspace_id)
    if not wanted.is_valid():
        return redirect(f"{reverse('audit')}?{request.GET.urlencode()}")
    who = for_request(request)
    rate_limits.hit(rate_limits.EXPORT, by=who)
    refusals.record_omitted(who.workspace)
    found = export.start(wanted, by=who, form=form)
    response = StreamingHttpResponse(_joined(write(found)), content_type=f"{type}; charset=utf-8")
    name = f"audit-{timezone.now():%Y-%m-%d-%H%M%S}.{form}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


def _joined(lines: Iterator[str]) -> Iterator[str]:
    """Fewer, longer pieces: each is written to the client by itself."""
    while piece := "".join(islice(lines, LINES)):
        yield piece


@require_safe
@auditor_required
def signed(request: SignedInRequest) -> HttpResponse:
    """All checkpoints, one per line, to be stored outside the portal."""
    lines = checkpoints.stored_lines([request.user.workspace_id, PORTAL_WORKSPACE])
    text = "".join(f"{line}\n" for line in lines)
    return HttpResponse(
        text,
        content_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="checkpoints.txt"'},
    )


@require_safe
@auditor_required
def verifier(request: SignedInRequest) -> HttpResponseBase:
    """The program that verifies an export without the portal."""
    if not VERIFIER.exists():
        raise Http404
    return FileResponse(VERIFIER.open("rb"), as_attachment=True, content_type="text/x-python")
