"""The rights, one decorator each; every view carries one of them."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django_htmx.http import HttpResponseClientRedirect

from portal import actor
from portal.models import User
from portal.page import Request, SignedIn
from portal.signals import right_refused

P = ParamSpec("P")
View = Callable[Concatenate[SignedIn, P], HttpResponseBase]
Guarded = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def to_sign_in(request: HttpRequest, back: str) -> HttpResponseBase:
    """Send to sign-in and back to `back`; as a whole page also where htmx asked for a part."""
    response = redirect_to_login(back)
    if cast(Request, request).htmx:
        return HttpResponseClientRedirect(response.url)
    return response


def public(view: Callable[Concatenate[Request, P], HttpResponseBase]) -> Guarded[P]:
    """Anybody may see this."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        return view(cast(Request, request), *args, **kwargs)

    return guarded


def member(view: View[P]) -> Guarded[P]:
    """Anybody who is signed in."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not isinstance(request.user, User):
            return to_sign_in(request, where(request))
        return view(cast(SignedIn, request), *args, **kwargs)

    return guarded


def administrator(view: View[P]) -> Guarded[P]:
    """Administrators of the workspace (awork's isAdmin); others who are signed in get a 403."""

    @wraps(view)
    def allowed(request: SignedIn, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_admin:
            right_refused.send(sender=User, actor=actor.of(request), right="administrator", path=request.path)
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return member(allowed)


def where(request: HttpRequest) -> str:
    """The page a person was on: htmx asks for parts of it by other addresses."""
    htmx = cast(Request, request).htmx
    if htmx:
        try:
            return htmx.current_url_abs_path or "/"
        except ValueError:  # the header is no address
            return "/"
    return request.get_full_path() if request.method == "GET" else request.path
