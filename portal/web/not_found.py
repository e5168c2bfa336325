"""The page for a URL that doesn't exist."""

from django.http import HttpRequest, HttpResponse
from django.views import defaults

from portal import language


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """In the member's language: no view was found, so the middleware hasn't chosen it."""
    language.activate_for(getattr(request, "user", None))
    return defaults.page_not_found(request, exception)
