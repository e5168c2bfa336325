"""Pending sign-ins: each has a state that works once, for ten minutes, in the same browser.

A separate cookie identifies the browser: signing in replaces the session, so a second callback with the same
state would look like one from another browser.
"""

import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from portal.models import PendingSignIn

COOKIE, COOKIE_PATH = "sign_in", "/login/"
MAX_AGE = timedelta(minutes=10)
MAX_PENDING = 5  # several tabs may sign in at once; the oldest are dropped


class AlreadyUsed(Exception):
    """Another request of this browser has used the state; `next` is the page it returns to."""

    def __init__(self, next: str) -> None:
        super().__init__()
        self.next = next


@dataclass(frozen=True)
class OAuthState:
    """One pending sign-in; `next` is the page to return to."""

    state: str = field(repr=False)
    verifier: str = field(repr=False)
    next: str


def browser_of(request: HttpRequest) -> str:
    """The secret of this browser's cookie, or a new one."""
    return request.COOKIES.get(COOKIE) or secrets.token_urlsafe(32)


def set_cookie(response: HttpResponseBase, browser: str) -> None:
    """Give the browser its cookie, or prolong it."""
    response.set_cookie(
        COOKIE,
        browser,
        max_age=MAX_AGE,
        path=COOKIE_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def create(browser: str, back: str) -> OAuthState:
    """Store a new pending sign-in of this browser; deletes those that have expired."""
    now, attempt = timezone.now(), OAuthState(secrets.token_urlsafe(32), secrets.token_urlsafe(64), back)
    PendingSignIn.objects.filter(started_at__lte=now - MAX_AGE).delete()
    PendingSignIn.objects.create(
        state=_digest(attempt.state),
        browser=_digest(browser),
        verifier=attempt.verifier,
        next=back,
        started_at=now,
    )
    latest = PendingSignIn.objects.filter(browser=_digest(browser)).order_by("-started_at")
    PendingSignIn.objects.filter(pk__in=latest.values("pk")[MAX_PENDING:]).delete()
    return attempt


def is_pending(browser: str) -> bool:
    """Whether this browser left for awork and hasn't come back: awork may have shown it an error page."""
    started = PendingSignIn.objects.filter(browser=_digest(browser), started_at__gt=timezone.now() - MAX_AGE)
    return started.exclude(verifier="").exists()


def take(browser: str, state: str) -> OAuthState | None:
    """The pending sign-in with this state, for one request only; None if this browser has none.

    Raises `AlreadyUsed` for the others. One statement decides which of simultaneous requests gets it.
    """
    mine = PendingSignIn.objects.filter(
        state=_digest(state), browser=_digest(browser), started_at__gt=timezone.now() - MAX_AGE
    )
    found = mine.first()
    if found is None:
        return None
    if not mine.exclude(verifier="").update(verifier=""):
        raise AlreadyUsed(found.next)
    return OAuthState(state, found.verifier, found.next)


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
