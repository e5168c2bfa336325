"""The rights, one decorator each; every view carries one of them."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, cast

from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from portal import actor, kept, sessions
from portal.login import standing
from portal.models import User
from portal.page import P, Request, SignedIn, View, page
from portal.rights import Right
from portal.signals import right_refused

Guarded = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def public(view: Callable[Concatenate[Request, P], HttpResponseBase]) -> Guarded[P]:
    """Anybody may see this."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        return view(cast(Request, request), *args, **kwargs)

    return guarded


def member(view: View[P]) -> Guarded[P]:
    """Anybody who is signed in, and whom awork still lets in."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not isinstance(request.user, User):
            return to_sign_in(request, where(request))
        turned_away = _turned_away(cast(SignedIn, request))
        return turned_away or view(cast(SignedIn, request), *args, **kwargs)

    return guarded


def _needs(right: Right, view: View[P]) -> Guarded[P]:
    """Members with this right; others get a 403, and the log an event."""

    @wraps(view)
    def allowed(request: SignedIn, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if right not in request.user.rights:
            right_refused.send(sender=User, actor=actor.of(request), right=right.value, path=request.path)
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return member(allowed)


def inviter(view: View[P]) -> Guarded[P]:
    """Who may invite: managers, leads and administrators."""
    return _needs(Right.INVITE, view)


def auditor(view: View[P]) -> Guarded[P]:
    """Who may read, export and verify the audit log: auditors and administrators."""
    return _needs(Right.AUDIT, view)


def administrator(view: View[P]) -> Guarded[P]:
    """Who looks after people, policy and erasure: administrators."""
    return _needs(Right.ADMINISTER, view)


def _turned_away(request: SignedIn) -> HttpResponseBase | None:
    """The answer to somebody whom awork no longer lets in, or of whom it does not tell; None for others."""
    try:
        reason = standing.objection_to(request.user, by=actor.of(request))
    except standing.Unconfirmed:
        kept.keep(request, where(request))
        request.session.save()  # Django saves none with an answer of 500 or more
        return page(request, "login/unconfirmed.html", {}, status=503)
    if reason:
        logout(request)
        return _whole_page(request, reverse("login-refused", args=[reason]))
    sessions.use(request.session)
    return None


def to_sign_in(request: HttpRequest, back: str) -> HttpResponseBase:
    """Send to sign-in and back to `back`; as a whole page also where htmx asked for a part."""
    return _whole_page(request, redirect_to_login(back).url)


def _whole_page(request: HttpRequest, address: str) -> HttpResponseBase:
    return HttpResponseClientRedirect(address) if cast(Request, request).htmx else redirect(address)


def where(request: HttpRequest) -> str:
    """The page a person was on: htmx asks for parts of it by other addresses."""
    htmx = cast(Request, request).htmx
    if htmx:
        try:
            return htmx.current_url_abs_path or "/"
        except ValueError:  # the header is no address
            return "/"
    return request.get_full_path() if request.method == "GET" else request.path
