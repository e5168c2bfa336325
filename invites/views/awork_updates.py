"""`/awork-updates/`: whether awork tells the desk what happens to users, and where it delivers that."""

from uuid import UUID

import structlog
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from invites.models import AworkUpdates
from invites.updates import connect as connecting
from invites.updates.connect import HEADER, Outcome
from invites.updates.receive import MAX_BYTES, authenticate, receive
from portal import actor
from portal.accounts.permissions import administrator_required, public
from portal.awork.errors import AworkError, SignInExpired
from portal.awork.schemas import AworkWebhook
from portal.awork.tokens import client_for
from portal.locks import LockBusy
from portal.web import rate_limits
from portal.web.htmx import SignedInRequest, post_only, render_page
from portal.web.rate_limits import RateLimitExceeded

CONNECTED: dict[Outcome, Promise] = {
    Outcome.DONE: gettext_lazy("awork tells the desk from now on what happens to users."),
    Outcome.REFUSED: gettext_lazy(
        "awork refused. You need to be an administrator in awork, or have the permission "
        "workspace-manage-config:write."
    ),
    Outcome.NOT_DONE: gettext_lazy("We couldn't reach awork. Nothing was changed. Retry in a few minutes."),
    Outcome.UNCLEAR: gettext_lazy("awork didn't confirm it. Connect again: awork won't have it twice."),
}
DISCONNECTED = CONNECTED | {
    Outcome.DONE: gettext_lazy("awork tells the desk nothing any more. The desk still asks by itself."),
    Outcome.UNCLEAR: gettext_lazy("awork didn't confirm it. Disconnect again."),
}

log = structlog.get_logger(__name__)


@require_safe
@administrator_required
def awork_updates(request: SignedInRequest) -> HttpResponse:
    """Whether updates are connected, when the last delivery came, and whether awork has paused them."""
    updates = AworkUpdates.objects.filter(workspace=request.user.workspace_id).select_related("user").first()
    is_known, at_awork = _at_awork(request, updates) if updates else (True, None)
    context = {
        "updates": updates,
        "is_known": is_known,
        "at_awork": at_awork,
        "url": settings.PORTAL_URL + updates.path if updates else "",
        "origin": settings.PORTAL_URL,
    }
    return render_page(request, "invites/awork_updates.html", context)


def _at_awork(request: SignedInRequest, updates: AworkUpdates) -> tuple[bool, AworkWebhook | None]:
    """Whether awork answered, and the webhook as awork has it."""
    try:
        return True, connecting.find(updates, client_for(request.user))
    except SignInExpired:
        raise
    except AworkError:
        return False, None


@administrator_required
@post_only(at="awork-updates", alone=True)
def connect(request: SignedInRequest) -> HttpResponseBase:
    """Connect updates, or turn on what awork has paused."""
    try:
        client = client_for(request.user)
        outcome = connecting.connect(request.user, client, by=actor.for_request(request))
    except LockBusy:
        messages.info(request, _("Another administrator is changing this right now. Try again in a minute."))
    else:
        _tell(request, outcome, CONNECTED)
    return redirect("awork-updates")


@administrator_required
@post_only(at="awork-updates", alone=True)
def disconnect(request: SignedInRequest) -> HttpResponseBase:
    """Let awork deliver nothing any more."""
    try:
        client = client_for(request.user)
        outcome = connecting.disconnect(request.user, client, by=actor.for_request(request))
    except LockBusy:
        messages.info(request, _("Another administrator is changing this right now. Try again in a minute."))
    else:
        _tell(request, outcome or Outcome.DONE, DISCONNECTED)
    return redirect("awork-updates")


def _tell(request: SignedInRequest, outcome: Outcome, texts: dict[Outcome, Promise]) -> None:
    level = messages.success if outcome == Outcome.DONE else messages.error
    level(request, str(texts[outcome]))


@csrf_exempt
@require_POST
@public
def receive_update(request: HttpRequest, updates_id: UUID) -> HttpResponse:
    """Accept a delivery of awork, which proves nothing; forged ones are refused and leave no trace."""
    updates = authenticate(updates_id, request.headers.get(HEADER, ""))
    if updates is None:
        return HttpResponse(status=401)
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BYTES:
        return HttpResponse(status=413)
    try:
        rate_limits.hit(
            rate_limits.AWORK_UPDATES, by=actor.for_system(updates.workspace_id), person=updates.pk
        )
    except RateLimitExceeded as problem:
        return HttpResponse(status=429, headers={"Retry-After": str(problem.wait)})
    found = receive(updates, request.body)
    log.info("awork told of a user", guests=found)
    return HttpResponse(status=204)
