"""What every request passes."""

import codecs
from collections.abc import Callable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.contrib.auth import logout
from django.core.exceptions import BadRequest
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from portal import actor, kept, sessions
from portal.access import to_sign_in, where
from portal.awork import pace
from portal.awork.errors import SignInExpired
from portal.models import User
from portal.signals import session_expired

Handler = Callable[[HttpRequest], HttpResponseBase]


class OnlyUtf8:
    """Refuses a form that claims another charset: some of them give texts that no database takes."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.encoding and codecs.lookup(request.encoding).name != "utf-8":
            raise BadRequest("The charset is not UTF-8.")
        return self.handler(request)


class ReaderZone:
    """Shows times in the reader's zone, which a script leaves in the cookie `zone`; else in UTC."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            zone = ZoneInfo(request.COOKIES.get("zone", "UTC"))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            zone = ZoneInfo("UTC")
        with timezone.override(zone):
            return self.handler(request)


class AworkPatience:
    """Lets a page wait ten seconds in all for awork's limits, however many questions it asks."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with pace.patience(pace.PAGE_SECONDS):
            return self.handler(request)


class SignInAgain:
    """Turns an ended awork sign-in into the way back: sign in, then the same page and form content."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.handler(request)

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponseBase | None:
        if not isinstance(problem, SignInExpired):
            return None
        page = where(request)
        kept.keep(request, page)
        with transaction.atomic():
            session_expired.send(sender=type(self), actor=actor.of(request), reason="")
            _end_sessions(request)
        return to_sign_in(request, page)


def _end_sessions(request: HttpRequest) -> None:
    """Nobody is signed in whom awork does not know: not here, and not in another browser that was lost.

    What the person had typed here waits in this browser, for them alone.
    """
    if isinstance(request.user, User):
        sessions.end_all(request.user)
        with kept.carried_over(request):
            logout(request)
