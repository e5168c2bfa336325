"""`/guests/<id>/end/<kind>/`: end an access of a guest, after a preview of what awork will do."""

import time
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from invites.endings.choices import LABELS, choices
from invites.endings.create import create
from invites.endings.form import EndForm
from invites.endings.preview import allowed_targets, preview
from invites.endings.send import send
from invites.guests import refresh
from invites.models import Ending, EndingCause, EndingKind, Guest
from portal import actor
from portal.accounts.permissions import inviter_required
from portal.web.htmx import SignedInRequest, render_page

SEND_SECONDS = 10.0  # what isn't sent by then is sent by the worker


@require_http_methods(["GET", "HEAD", "POST"])
@inviter_required
def end_access(request: SignedInRequest, guest_id: UUID, kind: str) -> HttpResponseBase:
    """Say what awork will do; a POST does it, once for each form."""
    guest = get_object_or_404(Guest.visible_to(request.user).select_related("invitation"), id=guest_id)
    if kind not in EndingKind:
        raise Http404
    if request.method != "POST":
        refresh.refresh(guest, request.user)
        return _page(request, guest, EndingKind(kind))
    form = EndForm(request.POST, allowed_targets(guest, EndingKind(kind), request.user))
    if done := _from_same_form(guest, form.data.get("key", "")):
        return redirect("guest-endings", done.guest_id)
    if not form.is_valid():
        return _page(request, guest, EndingKind(kind), form)
    endings = create(
        guest,
        EndingKind(kind),
        user=request.user,
        by=actor.for_request(request),
        cause=EndingCause.PERSON,
        reason=form.cleaned_data["reason"],
        form_key=form.cleaned_data["key"],
        only=form.cleaned_data["target"],
    )
    _send(endings, request)
    return redirect("guest-endings", guest.id)


def _from_same_form(guest: Guest, key: str) -> Ending | None:
    """What the same form has ended: then nothing is left in its list of choices."""
    try:
        return guest.endings.filter(form_key=UUID(key)).first()
    except ValueError:
        return None


def _page(
    request: SignedInRequest, guest: Guest, kind: EndingKind, form: EndForm | None = None
) -> HttpResponseBase:
    items = preview(guest, kind, request.user)
    possible = [item.target for item in items if not item.problem]
    offered = {choice.kind: choice for choice in choices(guest, request.user)}
    context: dict[str, Any] = {
        "guest": guest,
        "kind": kind,
        "label": LABELS[kind],
        "items": items if kind in offered else [],
        "possible": possible if kind in offered else [],
        "chosen": form.data.getlist("target") if form else [str(one.id) for one in possible],  # type: ignore[attr-defined]
        "form": form or EndForm(None, possible),
    }
    return render_page(request, "guests/end_access.html", context, status=422 if form else 200)


def _send(endings: list[Ending], request: SignedInRequest) -> None:
    started = time.monotonic()
    for ending in endings:
        if time.monotonic() - started > SEND_SECONDS:
            break
        send(ending, by=actor.for_request(request))
