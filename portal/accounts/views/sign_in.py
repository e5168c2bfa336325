"""Signing in through awork, and out again."""

from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.auth import login, logout
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from portal import actor, sessions
from portal.accounts import members, oauth_state
from portal.accounts.admission import admit, failure_reason, refusal_reason, refused_actor
from portal.accounts.oauth_state import OAuthState
from portal.accounts.permissions import public
from portal.accounts.refusals import REFUSAL_TEXTS
from portal.accounts.revocation import revoke
from portal.awork import oauth, tokens
from portal.awork.client import Client, FixedToken
from portal.awork.errors import AworkError
from portal.awork.schemas import Me
from portal.models import Session, User
from portal.signals import Revocation, SignInRefusal, sign_in_refused, signed_in, signed_out
from portal.web import form_recovery, rate_limits
from portal.web.htmx import Request, render_page

NEXT_LENGTH = 2000  # characters


@require_safe
@public
def home(request: Request) -> HttpResponse:
    """Redirects to the first page of the user's desk role, or to the sign-in, which leads there."""
    return redirect(_home_page(request))


@require_http_methods(["GET", "HEAD", "POST"])
@public
def sign_in(request: Request) -> HttpResponse:
    """A page with one button, which starts the sign-in at awork."""
    return _start_sign_in(request) if request.method == "POST" else _show_sign_in(request)


@require_GET
@public
def callback(request: Request) -> HttpResponse:
    """The OAuth redirect: awork returns people here with a code or an error."""
    try:
        attempt = oauth_state.take(oauth_state.browser_of(request), request.GET.get("state", ""))
    except oauth_state.AlreadyUsed as problem:  # pressed twice: the first request signs in
        return redirect(problem.next or "home")
    if attempt is None:  # valid states were counted when they were created
        rate_limits.hit(rate_limits.SIGN_IN, by=actor.for_request(request))
        return _refuse(request, SignInRefusal.STATE)
    if "code" not in request.GET:
        is_denied = request.GET.get("error") == "access_denied"
        reason = SignInRefusal.DENIED if is_denied else SignInRefusal.NONSENSE
        return _refuse(request, reason, attempt.next)
    try:
        return _finish_sign_in(request, attempt)
    except AworkError as problem:
        return _refuse(request, failure_reason(problem), attempt.next)


@require_safe
@public
def refused(request: Request, reason: str) -> HttpResponse:
    """Explains why a sign-in was refused."""
    if reason not in REFUSAL_TEXTS:
        raise Http404
    context = {"refusal": REFUSAL_TEXTS[reason], "next": _safe_next(request.GET.get("next", ""))}
    return _allow_form_action_awork(render_page(request, "accounts/refused.html", context))


@require_POST
@public
def sign_out(request: Request) -> HttpResponse:
    """End the current session; with the last session of a user their tokens are revoked and deleted too."""
    if isinstance(request.user, User):
        user, others = request.user, request.user.sessions.exclude(session_key=request.session.session_key)
        grant = None if _active(others).exists() else revoke(user)
        try:
            _end_session(request, user, grant)
        except IsLast:
            _end_session(request, user, revoke(user))
        logout(request)  # takes the cookie away, so not before all of it is committed
    else:
        request.session.flush()  # it may contain a form to recover
    return redirect("login")


class IsLast(Exception):
    """The other browsers have signed out meanwhile, so this session takes the tokens along."""


@transaction.atomic
def _end_session(request: Request, user: User, grant: Revocation | None) -> None:
    """End this session; `grant` is what became of the tokens if it is the last. Else may raise `IsLast`."""
    who = actor.for_request(request)
    # Of two browsers that sign out at once, the second waits and sees that it is the last.
    User.objects.select_for_update(no_key=True, of=("self",)).get(pk=user.pk)
    is_ended = sessions.end(request.session)
    if not _active(user.sessions.all()).exists():
        if is_ended and grant is None:
            raise IsLast
        tokens.delete(user)
    if is_ended:  # else another request of this browser has signed out
        signed_out.send(sender=sign_out, actor=who, elsewhere=0, grant=grant)


def _active(sessions_: QuerySet[Session]) -> QuerySet[Session]:
    return sessions_.filter(expire_date__gt=timezone.now())


def _show_sign_in(request: Request) -> HttpResponse:
    back = _safe_next(request.GET.get("next", ""))
    if isinstance(request.user, User):  # in another tab
        return redirect(back or _home_page(request))
    context = {"next": back}
    return _allow_form_action_awork(render_page(request, "accounts/login.html", context))


def _allow_form_action_awork(response: HttpResponse) -> HttpResponse:
    """Allow the form to redirect to awork, which may redirect to further hosts."""
    api = urlsplit(settings.AWORK_API_URL)
    target = "https:" if api.scheme == "https" else f"{api.scheme}://{api.netloc}"
    response._csp_update = {"form-action": [target]}  # type: ignore[attr-defined]
    return response


def _start_sign_in(request: Request) -> HttpResponse:
    rate_limits.hit(rate_limits.SIGN_IN, by=actor.for_request(request))
    back = _safe_next(request.POST.get("next", ""))
    browser = oauth_state.browser_of(request)
    try:
        client_id = oauth.checked_client_id() if oauth_state.is_pending(browser) else oauth.client_id()
    except AworkError as problem:
        return _refuse(request, failure_reason(problem), back)
    attempt = oauth_state.create(browser, back)
    response = redirect(
        oauth.authorization_url(
            client_id, redirect_uri=oauth.redirect_uri(), state=attempt.state, verifier=attempt.verifier
        )
    )
    oauth_state.set_cookie(response, browser)
    return response


def _finish_sign_in(request: Request, attempt: OAuthState) -> HttpResponse:
    grant = oauth.exchange_code(
        oauth.client_id(),
        code=request.GET["code"],
        redirect_uri=oauth.redirect_uri(),
        verifier=attempt.verifier,
    )
    awork = Client(FixedToken(grant.access))
    me, permissions = awork.me(), awork.permissions()
    rate_limits.hit(rate_limits.SIGN_IN_PER_USER, by=actor.for_request(request), person=me.user.id)
    with transaction.atomic():
        user = User.objects.filter(awork_id=me.user.id).first()
        reason = refusal_reason(me, permissions, settings.AWORK_WORKSPACES, user)
        if reason:
            return _refuse(request, reason, attempt.next, me)
        user, was_admin = admit(user, me, permissions, grant)
        _start_session(request, user)
        members.sync_with_awork(user, was_admin=was_admin)
        signed_in.send(sender=callback, actor=actor.for_request(request), user=user)
    response = redirect(attempt.next or _home_page(request))
    form_recovery.set_author(response, user)
    return response


def _start_session(request: Request, user: User) -> None:
    if request.user == user:
        request.session.cycle_key()  # `login` keeps the key if the same person signs in again
    login(request, user)
    origin = actor.for_request(request)
    sessions.start(request.session, ip_address=origin.ip_address, user_agent=origin.user_agent)


def _refuse(request: Request, reason: SignInRefusal, back: str = "", me: Me | None = None) -> HttpResponse:
    """Record the refusal and redirect to its page, which removes code and state from the URL."""
    who = refused_actor(request, me, settings.AWORK_WORKSPACES) if me else actor.for_request(request)
    with transaction.atomic():
        sign_in_refused.send(sender=callback, actor=who, reason=reason)
    address = reverse("login-refused", args=[reason])
    return redirect(f"{address}?{urlencode({'next': back})}" if back else address)


def _home_page(request: Request) -> str:
    """The URL name of the user's first page; of the sign-in page for anyone else."""
    return settings.HOME_PAGES[request.user.role] if isinstance(request.user, User) else "login"


def _safe_next(address: str) -> str:
    """The address if it is a local path, else ""."""
    inside = address.startswith("/") and url_has_allowed_host_and_scheme(address, allowed_hosts=None)
    return address if inside and len(address) <= NEXT_LENGTH else ""
