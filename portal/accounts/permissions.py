"""Decorators for views: one for each permission, for any member, and for public pages."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, cast

from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from portal import actor, sessions
from portal.accounts import access_check
from portal.models import User
from portal.roles import Permission
from portal.signals import permission_denied
from portal.web import form_recovery
from portal.web.htmx import (
    P,
    Request,
    SignedInRequest,
    View,
    current_page,
    full_page_redirect,
    render_page,
)

GuardedView = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def public(view: Callable[Concatenate[Request, P], HttpResponseBase]) -> GuardedView[P]:
    """Open to everyone; all other views require a sign-in, see `portal.web.middleware.LoginRequired`."""
    return login_not_required(cast(GuardedView[P], view))


def member_required(view: View[P]) -> GuardedView[P]:
    """Members whose access awork has confirmed recently."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        denied = _access_denied(cast(SignedInRequest, request))
        return denied or view(cast(SignedInRequest, request), *args, **kwargs)

    return guarded


def _requires(right: Permission, view: View[P]) -> GuardedView[P]:
    """Members with this permission; others get a 403, which is recorded."""

    @wraps(view)
    def allowed(request: SignedInRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if right not in request.user.permissions:
            permission_denied.send(
                sender=User, actor=actor.for_request(request), right=right.value, path=request.path
            )
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return member_required(allowed)


def inviter_required(view: View[P]) -> GuardedView[P]:
    """Managers, leads and administrators."""
    return _requires(Permission.INVITE, view)


def guest_manager_required(view: View[P]) -> GuardedView[P]:
    """Leads and administrators."""
    return _requires(Permission.MANAGE_GUESTS, view)


def auditor_required(view: View[P]) -> GuardedView[P]:
    """Auditors and administrators."""
    return _requires(Permission.AUDIT, view)


def administrator_required(view: View[P]) -> GuardedView[P]:
    """Administrators."""
    return _requires(Permission.ADMINISTER, view)


def _access_denied(request: SignedInRequest) -> HttpResponseBase | None:
    """The response if awork has ended or cannot confirm the access of this person; else None."""
    try:
        reason = access_check.rejection_reason(request.user, by=actor.for_request(request))
    except access_check.AccessUnconfirmed:
        form_recovery.stash(request, current_page(request))
        request.session.save()  # Django does not save it if the status is 500 or more
        return render_page(request, "accounts/unconfirmed.html", {}, status=503)
    if reason:
        logout(request)
        return full_page_redirect(request, reverse("login-refused", args=[reason]))
    sessions.touch(request.session)
    return None
