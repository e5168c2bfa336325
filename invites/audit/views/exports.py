"""The log to take away: events, checkpoints, and the program that verifies them elsewhere."""

from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from invites.audit import checkpoints, export
from invites.audit.filters import Filter
from portal import limits
from portal.access import auditor
from portal.actor import PORTAL, of
from portal.page import SignedIn

VERIFIER = Path(settings.BASE_DIR) / "tests" / "verify_export.py"


@require_safe
@auditor
def as_csv(request: SignedIn) -> HttpResponseBase:
    """What the filters show, for a spreadsheet."""
    return _stream(request, "csv", "text/csv", export.table)


@require_safe
@auditor
def as_jsonl(request: SignedIn) -> HttpResponseBase:
    """What the filters show, for a program: it can be verified without the portal."""
    return _stream(request, "jsonl", "application/jsonl", export.jsonl)


def _stream(
    request: SignedIn, form: str, type: str, write: Callable[[export.Export], Iterator[str]]
) -> HttpResponseBase:
    wanted = Filter(request.GET, request.user.workspace_id)
    if not wanted.is_valid():
        return redirect(f"{reverse('audit')}?{wanted.query()}")
    who = of(request)
    limits.spend(limits.EXPORT, by=who)
    found = export.begin(wanted, by=who, form=form)
    response = StreamingHttpResponse(write(found), content_type=f"{type}; charset=utf-8")
    name = f"audit-{timezone.now():%Y-%m-%d-%H%M%S}.{form}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


@require_safe
@auditor
def signed(request: SignedIn) -> HttpResponse:
    """All checkpoints, one a line: to be kept where nobody of the portal can write."""
    lines = checkpoints.kept([request.user.workspace_id, PORTAL])
    text = "".join(f"{line}\n" for line in lines)
    return HttpResponse(
        text,
        content_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="checkpoints.txt"'},
    )


@require_safe
@auditor
def verifier(request: SignedIn) -> HttpResponseBase:
    """The program that verifies an export without the portal."""
    if not VERIFIER.exists():
        raise Http404
    return FileResponse(VERIFIER.open("rb"), as_attachment=True, content_type="text/x-python")
