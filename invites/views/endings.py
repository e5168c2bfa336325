"""`/guests/<id>/endings/`: which accesses of a guest ended, or are being ended, and the next steps."""

from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_safe

from invites.endings import change
from invites.endings.lines import lines_of
from invites.endings.rights import may_end
from invites.endings.send import SENDABLE, send
from invites.endings.settle import settle
from invites.endings.work import due
from invites.models import Ending, Guest
from portal import actor
from portal.accounts.permissions import inviter_required, member_required
from portal.web.htmx import SignedInRequest, post_only, render_page


@require_safe
@member_required
def endings(request: SignedInRequest, guest_id: UUID) -> HttpResponse:
    """The list; awork is asked about unclear ones that are due first."""
    guest = get_object_or_404(Guest.visible_to(request.user), id=guest_id)
    unsettled = due().filter(guest=guest).exclude(state__in=SENDABLE)
    for ending in unsettled.select_related("guest__invitation", "user")[:1]:
        settle(ending, by=actor.for_request(request), reader=request.user)
    lines = lines_of(guest, request.user)
    context = {"guest": guest, "lines": lines, "is_moving": any(line.is_moving for line in lines)}
    return render_page(request, "guests/endings.html", context, fragment="guests/_endings_page.html")


@inviter_required
@post_only(at="guest-ending")
def withdraw(request: SignedInRequest, ending_id: UUID) -> HttpResponseBase:
    """Let it not happen."""
    ending = _found(request, ending_id)
    change.withdraw(ending, by=actor.for_request(request))
    return redirect("guest-endings", ending.guest_id)


@inviter_required
@post_only(at="guest-ending")
def confirm(request: SignedInRequest, ending_id: UUID) -> HttpResponseBase:
    """Do it with the access of this person, at once."""
    ending, by = _found(request, ending_id), actor.for_request(request)
    if change.confirm(ending, request.user, by=by):
        ending.refresh_from_db()
        send(ending, by=by)
    return redirect("guest-endings", ending.guest_id)


@inviter_required
@post_only(at="guest-ending")
def check(request: SignedInRequest, ending_id: UUID) -> HttpResponseBase:
    """Look in awork what became of it."""
    ending = _found(request, ending_id)
    settle(ending, by=actor.for_request(request), reader=request.user)
    return redirect("guest-endings", ending.guest_id)


@require_safe
@member_required
def ending(request: SignedInRequest, ending_id: UUID) -> HttpResponseBase:
    """One ending is a line of its guest's page."""
    visible = Guest.visible_to(request.user)
    return redirect("guest-endings", get_object_or_404(visible, endings__id=ending_id).id)


def _found(request: SignedInRequest, ending_id: UUID) -> Ending:
    """An ending that the person may act on; else a 404."""
    visible = Ending.objects.filter(guest__in=Guest.visible_to(request.user))
    found = get_object_or_404(visible.select_related("guest__invitation", "user"), id=ending_id)
    if found.guest and may_end(request.user, found.guest, found.kind, found.target_id):
        return found
    return get_object_or_404(Ending.objects.none(), id=ending_id)
