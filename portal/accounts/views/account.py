"""`/account/`: what one is here, and the browsers in which one is signed in."""

from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal import actor
from portal.accounts.permissions import member_required
from portal.models import Session
from portal.signals import signed_out
from portal.web.htmx import SignedInRequest, post_only, render_page


@require_safe
@never_cache
@member_required
def account(request: SignedInRequest) -> HttpResponseBase:
    """One's own role and sessions, this one first."""
    mine = _mine(request).order_by("-last_seen_at")
    here = [one for one in mine if one.session_key == request.session.session_key]
    context = {"here": here, "others": [one for one in mine if one not in here]}
    return render_page(request, "accounts/account.html", context)


@member_required
@post_only(at="account", alone=True)
def end(request: SignedInRequest, handle: UUID) -> HttpResponseBase:
    """End one of one's own sessions elsewhere; this one ends by signing out."""
    get_object_or_404(_elsewhere(request), handle=handle)
    return _end(request, _elsewhere(request).filter(handle=handle))


@member_required
@post_only(at="account", alone=True)
def end_others(request: SignedInRequest) -> HttpResponseBase:
    """End all of one's own sessions but this one."""
    return _end(request, _elsewhere(request))


def _end(request: SignedInRequest, sessions: QuerySet[Session]) -> HttpResponseBase:
    with transaction.atomic():
        count, _ = sessions.delete()
        if count:
            signed_out.send(sender=_end, actor=actor.for_request(request), elsewhere=count)
    return redirect("account")


def _mine(request: SignedInRequest) -> QuerySet[Session]:
    return request.user.sessions.filter(expire_date__gt=timezone.now())


def _elsewhere(request: SignedInRequest) -> QuerySet[Session]:
    return _mine(request).exclude(session_key=request.session.session_key)
