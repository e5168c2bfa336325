"""Signing in through awork, and out again."""

from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.auth import login, logout
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from portal import actor, limits, sessions
from portal.access import public
from portal.awork import oauth, tokens
from portal.awork.client import Client, Fixed
from portal.awork.errors import AworkError
from portal.awork.registration import client_id, redirect_uri
from portal.awork.shapes import Me
from portal.login import attempts
from portal.login.admission import admit, failure, objection
from portal.login.attempts import Attempt
from portal.login.refusals import REFUSALS
from portal.models import User
from portal.page import Request, page
from portal.rights import Right
from portal.signals import sign_in_refused, signed_in, signed_out

NEXT_LENGTH = 2000  # characters


@require_safe
@public
def home(request: Request) -> HttpResponse:
    """The portal's front door: the form, or the log for those who only read."""
    return redirect(_front_door(request))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@public
def sign_in(request: Request) -> HttpResponse:
    """One button; pressed, it leads to awork."""
    return _start(request) if request.method == "POST" else _button(request)


@require_GET
@never_cache
@public
def callback(request: Request) -> HttpResponse:
    """Where awork sends people back to, with a code or with the reason why not."""
    attempt = attempts.take(request.session, request.GET.get("state", ""))
    if attempt is None:  # one that was begun here has been counted then
        limits.spend(limits.SIGN_IN, by=actor.of(request))
        return _refuse(request, "state")
    if "code" not in request.GET:
        denied = request.GET.get("error") == "access_denied"
        return _refuse(request, "denied" if denied else "nonsense", attempt.next)
    try:
        return _finish(request, attempt)
    except AworkError as problem:
        return _refuse(request, failure(problem), attempt.next)


@require_safe
@never_cache
@public
def refused(request: Request, reason: str) -> HttpResponse:
    """Says in plain words why somebody is not signed in."""
    if reason not in REFUSALS:
        raise Http404
    context = {"refusal": REFUSALS[reason], "next": _inside(request.GET.get("next", ""))}
    return _leading_to_awork(page(request, "login/refused.html", context))


@require_POST
@public
def sign_out(request: Request) -> HttpResponse:
    """End the session here; with a person's last session their tokens go as well."""
    if isinstance(request.user, User):
        user = request.user
        with transaction.atomic():
            signed_out.send(sender=sign_out, actor=actor.of(request), elsewhere=0)
            logout(request)
            if not user.sessions.filter(expire_date__gt=timezone.now()).exists():
                tokens.forget(user)
    else:
        request.session.flush()  # something that was typed may wait in it
    return redirect("login")


def _button(request: Request) -> HttpResponse:
    context = {"next": _inside(request.GET.get("next", ""))}
    return _leading_to_awork(page(request, "login/login.html", context))


def _leading_to_awork(response: HttpResponse) -> HttpResponse:
    """Let the form of this page be redirected to awork, which may send on to hosts that it alone knows."""
    api = urlsplit(settings.AWORK_API_URL)
    target = "https:" if api.scheme == "https" else f"{api.scheme}://{api.netloc}"
    response._csp_update = {"form-action": [target]}  # type: ignore[attr-defined]
    return response


def _start(request: Request) -> HttpResponse:
    limits.spend(limits.SIGN_IN, by=actor.of(request))
    back = _inside(request.POST.get("next", ""))
    try:
        client = client_id()
    except AworkError as problem:
        return _refuse(request, failure(problem), back)
    attempt = attempts.begin(request.session, back)
    return redirect(
        oauth.authorization_address(
            client, redirect_uri=redirect_uri(), state=attempt.state, verifier=attempt.verifier
        )
    )


def _finish(request: Request, attempt: Attempt) -> HttpResponse:
    grant = oauth.exchange_code(
        client_id(),
        code=request.GET["code"],
        redirect_uri=redirect_uri(),
        verifier=attempt.verifier,
    )
    awork = Client(Fixed(grant.access))
    me, permissions = awork.me(), awork.permissions()
    limits.spend(limits.SIGN_IN_OF_ONE, by=actor.of(request), person=me.person.id)
    reason = objection(me, permissions, settings.AWORK_WORKSPACES)
    if reason:
        return _refuse(request, reason, attempt.next, me)
    with transaction.atomic():
        user = admit(me, permissions, grant)
        if request.user == user:
            request.session.cycle_key()  # for the same person once more Django keeps the id
        login(request, user)
        who = actor.of(request, user)
        sessions.begin(request.session, address=who.address, agent=who.agent)
        signed_in.send(sender=callback, actor=who, user=user)
    return redirect(attempt.next or _front_door(request))


def _refuse(request: Request, reason: str, back: str = "", me: Me | None = None) -> HttpResponse:
    """Record it and show its page by an address of its own, so that code and state leave the browser's."""
    who = actor.refused(request, me, settings.AWORK_WORKSPACES) if me else actor.of(request)
    with transaction.atomic():
        sign_in_refused.send(sender=callback, actor=who, reason=reason)
    address = reverse("login-refused", args=[reason])
    return redirect(f"{address}?{urlencode({'next': back})}" if back else address)


def _front_door(request: Request) -> str:
    """The name of the first page that the person may open."""
    rights = request.user.rights if isinstance(request.user, User) else frozenset(Right)
    return next(name for right, name in settings.FRONT_DOORS.items() if right in rights)


def _inside(address: str) -> str:
    """The address if it is the path of a page of this portal, else ""."""
    inside = address.startswith("/") and url_has_allowed_host_and_scheme(address, allowed_hosts=None)
    return address if inside and len(address) <= NEXT_LENGTH else ""
