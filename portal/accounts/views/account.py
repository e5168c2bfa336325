"""`/account/`: the user's desk role, language and sessions."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from portal import actor, language, sessions
from portal.accounts.permissions import member_required
from portal.accounts.revocation import revoke
from portal.awork import tokens
from portal.models import PendingRole, Session
from portal.roles import Permission
from portal.signals import Revocation, signed_out
from portal.web.htmx import SignedInRequest, post_only, render_page

NOT_DISCONNECTED = gettext_lazy(
    "You're signed out everywhere, but awork didn't confirm that our access was revoked. "
    "You can remove it in your awork settings."
)


@require_safe
@member_required
def account(request: SignedInRequest) -> HttpResponseBase:
    """The role and sessions of the user, the current session first."""
    active = _active_sessions(request).order_by("-last_seen_at")
    current = [session for session in active if session.session_key == request.session.session_key]
    context = {
        "current": current,
        "others": [session for session in active if session not in current],
        "version": settings.VERSION,
        "languages": settings.LANGUAGES,
        "administers": Permission.ADMINISTER in request.user.permissions,
        "pending_role": PendingRole.objects.filter(user=request.user).first(),
    }
    return render_page(request, "accounts/account.html", context)


@member_required
@post_only(at="account", alone=True)
def choose_language(request: SignedInRequest) -> HttpResponseBase:
    """Show pages to the user in this language; without one, in that of awork or of the browser."""
    request.user.language = language.supported(request.POST.get("language", ""))
    request.user.save(update_fields=["language"])
    translation.activate(language.of(request.user) or translation.get_language_from_request(request))
    messages.success(request, _("Language saved."))
    return redirect("account")


@member_required
@post_only(at="account", alone=True)
def end(request: SignedInRequest, handle: UUID) -> HttpResponseBase:
    """End one of the user's other sessions; the current one ends by signing out."""
    get_object_or_404(_other_sessions(request), handle=handle)
    return _end(request, _other_sessions(request).filter(handle=handle))


@member_required
@post_only(at="account", alone=True)
def end_others(request: SignedInRequest) -> HttpResponseBase:
    """End all other sessions of the user."""
    return _end(request, _other_sessions(request))


@member_required
@post_only(at="account", alone=True)
def disconnect(request: SignedInRequest) -> HttpResponseBase:
    """Revoke the portal's access at awork and end all sessions of the user, this one too."""
    who, user = actor.for_request(request), request.user
    grant = revoke(user)
    with transaction.atomic():
        count, _ = user.sessions.exclude(session_key=request.session.session_key).delete()
        sessions.end_all(user)
        tokens.delete(user)
        signed_out.send(sender=disconnect, actor=who, elsewhere=count, grant=grant)
    logout(request)
    if grant is Revocation.FAILED:
        messages.warning(request, NOT_DISCONNECTED)
    return redirect("login")


def _end(request: SignedInRequest, ended: QuerySet[Session]) -> HttpResponseBase:
    with transaction.atomic():
        count, _ = ended.delete()
        if count:
            signed_out.send(sender=_end, actor=actor.for_request(request), elsewhere=count, grant=None)
    text = ngettext("%(count)s other session was ended.", "%(count)s other sessions were ended.", count)
    messages.success(request, text % {"count": count})
    return redirect("account")


def _active_sessions(request: SignedInRequest) -> QuerySet[Session]:
    return request.user.sessions.filter(expire_date__gt=timezone.now())


def _other_sessions(request: SignedInRequest) -> QuerySet[Session]:
    return _active_sessions(request).exclude(session_key=request.session.session_key)
