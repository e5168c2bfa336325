"""One URL, two forms of answer: the whole page, or the fragment that htmx swaps."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django_htmx.middleware import HtmxDetails

from portal.models import User


class Request(HttpRequest):
    """A request as the middleware leaves it."""

    htmx: HtmxDetails
    user: User | AnonymousUser


class SignedIn(Request):
    """A request that a decorator of `portal.access` has let through."""

    user: User


def wants_fragment(request: Request) -> bool:
    """Whether htmx asks for a part; boosted and history-restoring requests want the page."""
    htmx = request.htmx
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def page(
    request: Request, template: str, context: dict[str, Any], *, fragment: str = "", status: int = 200
) -> HttpResponse:
    """Render `fragment` for htmx, if there is one, and the page `template` otherwise."""
    name = fragment if fragment and wants_fragment(request) else template
    response = render(request, name, context, status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Boosted", "HX-History-Restore-Request"])
    return response
