"""Every middleware of the portal, in the order of `settings.MIDDLEWARE`."""

import codecs
from collections.abc import Callable
from math import ceil
from typing import Any, cast
from uuid import uuid4
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.exceptions import BadRequest
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.core.signals import request_finished
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict, UnreadablePostError
from django.middleware.security import SecurityMiddleware
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from structlog.contextvars import bind_contextvars, unbind_contextvars
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile

from portal import actor, language, sessions
from portal.awork import timeouts
from portal.awork.errors import ClientRejected, SignInExpired
from portal.models import User
from portal.signals import session_expired
from portal.web import form_recovery, proxies
from portal.web.htmx import current_page, redirect_to_sign_in
from portal.web.rate_limits import RateLimitExceeded

REQUEST_ID_HEADER = "X-Request-ID"
# Browser features that no page needs.
BLOCKED_FEATURES = (
    "camera",
    "clipboard-read",
    "display-capture",
    "geolocation",
    "microphone",
    "payment",
    "usb",
)
SECURITY_HEADERS = {
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in BLOCKED_FEATURES),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}
NO_STORE = "private, no-store"
# A file that is opened by itself, such as an icon, runs nothing and is framed by no one.
FILE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


class Middleware:
    """Keeps the next handler, as Django's own middleware does."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)


class ServeStaticFiles(WhiteNoiseMiddleware):  # type: ignore[misc]  # comes without types
    """Serves files without the headers of pages, which are as long as a small file."""

    @staticmethod
    def serve(static_file: StaticFile, request: HttpRequest) -> HttpResponseBase:
        """The file's response."""
        response = WhiteNoiseMiddleware.serve(static_file, request)
        for name, value in FILE_HEADERS.items():
            response[name] = value
        return cast(HttpResponseBase, response)


class RequestId(Middleware):
    """Gives each request its id: on error pages, in the header, in log lines and in events.

    An id that the client sends is ignored.
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.request_id = uuid4()  # type: ignore[attr-defined]
        bind_contextvars(request_id=str(request.request_id))  # type: ignore[attr-defined]
        response = self.get_response(request)
        response[REQUEST_ID_HEADER] = str(request.request_id)  # type: ignore[attr-defined]
        return response


@receiver(request_finished)
def clear_request_id(**_: Any) -> None:
    """Unbind late: Django logs "not found" after the last middleware has returned."""
    unbind_contextvars("request_id")


class ReaderLanguage(Middleware):
    """Activates the browser's language, and on pages for members the one that they chose here or in awork.

    It stays active while a response streams, and until the request has finished.
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        translation.activate(translation.get_language_from_request(request))
        response = self.get_response(request)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            response.headers.setdefault("Content-Language", translation.get_language() or "")
            patch_vary_headers(response, ["Accept-Language"])
        return response

    def process_view(self, request: HttpRequest, view_func: Any, *args: Any) -> None:
        """Not on public pages, which load no user: `readyz` must answer without a database."""
        if not getattr(view_func, "login_required", True):
            return
        language.activate_for(getattr(request, "user", None))


@receiver(request_finished)
def deactivate_language(**_: Any) -> None:
    """What this thread does next has another reader, or none."""
    translation.deactivate()


class TrustedProxies(Middleware):
    """Sets REMOTE_ADDR to the client's address; drops forwarding headers of untrusted proxies."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        proxies.apply(request)
        return self.get_response(request)


class MonitoringHost(Middleware):
    """Lets probes name any host: they ask a machine by its address, which isn't in ALLOWED_HOSTS."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info in settings.MONITORING_PATHS:
            request.get_host = lambda: settings.SECURE_SSL_HOST  # type: ignore[method-assign]
        return self.get_response(request)


class SecurityHeaders(SecurityMiddleware):
    """Adds Django's headers and ours, also if Django's middleware of that name refuses a request itself.

    Pages are not cached by default.
    """

    def process_request(self, request: HttpRequest) -> None:
        """Redirecting to https is left to Django's own."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        response = super().process_response(request, response)
        for name, value in SECURITY_HEADERS.items():
            response[name] = value
        response.headers.setdefault("Cache-Control", NO_STORE)
        return response


class BodySizeLimit(Middleware):
    """Answers 413 by the Content-Length, without reading the body; without one the body counts as empty."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if _content_length(request) > _max_content_length(request):
            return render(request, "413.html", status=413)
        return self.get_response(request)


def _max_content_length(request: HttpRequest) -> int:
    return settings.DATA_UPLOAD_MAX_MEMORY_SIZE if _is_large_form(request) else settings.MAX_FORM_BYTES


def _is_large_form(request: HttpRequest) -> bool:
    return request.path.startswith(settings.LARGE_FORM_PATHS)


def _content_length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        raise BadRequest("Content-Length is not a number.") from None


class FormParsing(Middleware):
    """Parses forms before anything else does, as Django's error pages look at the form as well.

    A form that can't be parsed is answered with 400 and counts as empty from then on. Charsets other than
    UTF-8 are rejected: some decode to text that databases reject.
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            self._parse(request)
        except Exception as problem:
            request.POST = QueryDict()
            if isinstance(problem, UnreadablePostError):
                raise BadRequest("The form did not arrive completely.") from problem
            raise
        return self.get_response(request)

    def _parse(self, request: HttpRequest) -> None:
        if request.encoding and codecs.lookup(request.encoding).name != "utf-8":
            request.encoding = "utf-8"
            raise BadRequest("The charset is not UTF-8.")
        if _is_large_form(request):  # its file is read and forgotten; it never reaches the disk
            request.upload_handlers = [MemoryFileUploadHandler(request)]
        request.POST  # noqa: B018


class LoginRequired(LoginRequiredMiddleware):
    """Closes every page to visitors unless it is marked `login_not_required`.

    Visitors return to the page they were on, which is not always the address that htmx requested. If their
    session has ended, so does the form that they sent.
    """

    def process_view(self, request: HttpRequest, view_func: Any, *args: Any) -> HttpResponseBase | None:
        if not getattr(view_func, "login_required", True):
            return None  # before the user is loaded: `readyz` must answer without a database
        return super().process_view(request, view_func, *args)

    def handle_no_permission(  # type: ignore[override]
        self, request: HttpRequest, view_func: Any
    ) -> HttpResponseBase:
        page = current_page(request)
        if form_recovery.author(request):
            form_recovery.stash(request, page)
        return redirect_to_sign_in(request, page)


class ReaderTimeZone(Middleware):
    """Activates the reader's time zone from the cookie `zone`, which a script sets; else UTC."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            zone = ZoneInfo(request.COOKIES.get("zone", "UTC"))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            zone = ZoneInfo("UTC")
        with timezone.override(zone):
            return self.get_response(request)


class AworkWaitBudget(Middleware):
    """Limits how long all calls of a request together wait for awork's rate limits: ten seconds."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with timeouts.wait_budget(timeouts.PAGE_SECONDS):
            return self.get_response(request)


class SignInExpiredRedirect(Middleware):
    """Redirects to sign-in when awork no longer accepts the tokens, and back to the same page and form."""

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponseBase | None:
        if not isinstance(problem, SignInExpired):
            return None
        page = current_page(request)
        form_recovery.stash(request, page)
        with transaction.atomic():
            who = actor.for_request(request)
            _end_sessions(request)
            session_expired.send(sender=type(self), actor=who, reason=None, grant=None)
        return redirect_to_sign_in(request, page)


def _end_sessions(request: HttpRequest) -> None:
    """End all sessions of the user; the form in this one is preserved for them."""
    if isinstance(request.user, User):
        cast(sessions.SessionStore, request.session).drop_deleted()
        sessions.end_all(request.user)
        with form_recovery.preserve(request):
            logout(request)


class CredentialsPage(Middleware):
    """Answers 503 where awork rejects the portal's own client, and preserves the form."""

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        if not isinstance(problem, ClientRejected):
            return None
        form_recovery.stash(request, current_page(request))
        request.session.save()  # Django does not save it if the status is 500 or more
        return render(request, "503_credentials.html", status=503)


class RateLimited(Middleware):
    """Answers 429 with Retry-After when a rate limit is reached."""

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        if not isinstance(problem, RateLimitExceeded):
            return None
        response = render(request, "429.html", {"minutes": ceil(problem.wait / 60)}, status=429)
        response["Retry-After"] = str(problem.wait)
        return response
