"""Sentences about members: sign-ins, desk roles, and what they were refused."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from invites.audit.catalogue import EventType
from invites.audit.presenters import EventPresenter, presents
from portal.language import grouped


@presents(EventType.SIGNED_IN)
def signed_in(event: EventPresenter) -> str:
    role = event.label("pending_role")
    if role:
        text = _("%(actor)s signed in; the desk role %(role)s set for their address waits for confirmation.")
        return text % {"actor": event.actor, "role": role}
    return _("%(actor)s signed in.") % {"actor": event.actor}


@presents(EventType.SIGNED_OUT)
def signed_out(event: EventPresenter) -> str:
    return _("%(actor)s signed out.") % {"actor": event.actor}


@presents(EventType.SIGN_IN_REFUSED)
def sign_in_refused(event: EventPresenter) -> str:
    text = _("Sign-in refused for %(person)s (%(reason)s).")
    return text % {"person": event.refused, "reason": event.label("reason", "sign-in refusal") or "?"}


@presents(EventType.SESSION_EXPIRED)
def session_expired(event: EventPresenter) -> str:
    return _("awork ended the session of %(actor)s.") % {"actor": event.actor}


@presents(EventType.ATTEMPT_REFUSED)
def attempt_refused(event: EventPresenter) -> str:
    facts = {"actor": event.actor, "rule": event.label("rule")}
    more = event.event.details.get("more")
    if not isinstance(more, int):
        return _("The portal refused %(actor)s: %(rule)s.") % facts
    text = ngettext(
        "The portal refused %(actor)s %(count)s more time within a minute: %(rule)s.",
        "The portal refused %(actor)s %(count)s more times within a minute: %(rule)s.",
        more,
    )
    return text % {**facts, "count": grouped(more)}


@presents(EventType.ROLE_CHANGED)
def role_changed(event: EventPresenter) -> str:
    text = _("%(actor)s changed the role of %(member)s: %(before)s → %(after)s.")
    change = {name: event.label(name) or _("none") for name in ("before", "after")}
    return text % {"actor": event.actor, "member": event.member, **change}


@presents(EventType.ROLE_CONFIRMED)
def role_confirmed(event: EventPresenter) -> str:
    text = _("%(actor)s confirmed the desk role of %(member)s: %(before)s → %(after)s.")
    change = {name: event.label(name) or _("none") for name in ("before", "after")}
    return text % {"actor": event.actor, "member": event.member, **change}


@presents(EventType.ROLE_REJECTED)
def role_rejected(event: EventPresenter) -> str:
    text = _("%(actor)s rejected the desk role %(role)s for %(member)s.")
    role = event.label("after") or _("none")
    return text % {"actor": event.actor, "member": event.member, "role": role}
