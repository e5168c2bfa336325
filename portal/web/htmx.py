"""One URL answers with the whole page or with the fragment that htmx swaps."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from portal.models import User


class Request(HttpRequest):
    """A request with the attributes that the middleware sets."""

    htmx: HtmxDetails
    request_id: UUID
    user: User | AnonymousUser


class SignedInRequest(Request):
    """A request of a member, see the decorators of `portal.accounts.permissions`."""

    user: User


P = ParamSpec("P")
View = Callable[Concatenate[SignedInRequest, P], HttpResponseBase]


def wants_fragment(request: Request) -> bool:
    """Whether htmx wants a fragment; boosted and history-restoring requests want the whole page."""
    htmx = request.htmx
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def render_page(
    request: Request, template: str, context: dict[str, Any], *, fragment: str = "", status: int = 200
) -> HttpResponse:
    """Render `fragment` for htmx, if there is one, and the page `template` otherwise."""
    name = fragment if fragment and wants_fragment(request) else template
    response = render(request, name, context, status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Boosted", "HX-History-Restore-Request"])
    return response


def post_only(at: str, *, alone: bool = False) -> Callable[[View[P]], View[P]]:
    """Restrict a view to POST; a GET, as after signing in, is redirected to the page `at`.

    That page takes the same URL arguments, or none if it is `alone`.
    """

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def acting(request: SignedInRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if request.method == "POST":
                return view(request, *args, **kwargs)
            if request.method in {"GET", "HEAD"}:
                return redirect(reverse(at) if alone else reverse(at, args=args, kwargs=kwargs))
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])

        return acting

    return decorate


def redirect_to_sign_in(request: HttpRequest, back: str) -> HttpResponseBase:
    """Redirect to sign-in, and from there to `back`; htmx replaces the whole page."""
    return full_page_redirect(request, redirect_to_login(back).url)


def full_page_redirect(request: HttpRequest, address: str) -> HttpResponseBase:
    return HttpResponseClientRedirect(address) if cast(Request, request).htmx else redirect(address)


def current_page(request: HttpRequest) -> str:
    """The page that the user is on, which htmx may request fragments of by other URLs.

    The result of a form is a page of its own: the browser follows the redirect to it before its URL changes.
    """
    htmx = cast(Request, request).htmx
    match = request.resolver_match
    if htmx and not (match and match.url_name in settings.RESULT_PAGES):
        return _own_path(request, htmx.current_url or "") or "/"
    return request.get_full_path() if request.method == "GET" else request.path


def _own_path(request: HttpRequest, url: str) -> str:
    """Path and query of a URL of this desk, else "".

    `PORTAL_URL` is the desk's own too: some proxies drop the port from the Host header.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if f"{parts.scheme}://{parts.netloc}" not in {
        settings.PORTAL_URL,
        f"{request.scheme}://{request.get_host()}",
    }:
        return ""
    return urlunsplit(parts._replace(scheme="", netloc=""))
