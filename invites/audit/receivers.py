"""Signing in and rights, as the portal tells of them; each event joins the transaction of its sender."""

from typing import Any

from django.db import transaction

from invites.audit.catalogue import EventType, Json, PortalRule
from invites.audit.models import Person
from invites.audit.record import record
from portal import signals
from portal.actor import Actor
from portal.email_addresses import key_of
from portal.models import User
from portal.signals import SignInRefusal


def connect() -> None:
    """Listen to every signal of the portal."""
    signals.signed_in.connect(signed_in, dispatch_uid="audit")
    signals.signed_out.connect(signed_out, dispatch_uid="audit")
    signals.sign_in_refused.connect(sign_in_refused, dispatch_uid="audit")
    signals.session_expired.connect(session_expired, dispatch_uid="audit")
    signals.role_changed.connect(role_changed, dispatch_uid="audit")
    signals.permission_denied.connect(permission_denied, dispatch_uid="audit")
    signals.rate_limit_reached.connect(rate_limit_reached, dispatch_uid="audit")


def signed_in(actor: Actor, user: User, **_: Any) -> None:
    """Somebody is in, and what they are here: nobody else says so of those who begin."""
    with transaction.atomic():
        record(EventType.SIGNED_IN, by=actor, details={"role": user.role})


def signed_out(actor: Actor, elsewhere: int, **_: Any) -> None:
    """Somebody left, here or in other browsers of theirs."""
    with transaction.atomic():
        record(EventType.SIGNED_OUT, by=actor, details={"elsewhere": elsewhere} if elsewhere else None)


def sign_in_refused(actor: Actor, reason: SignInRefusal, **_: Any) -> None:
    """Somebody was not let in, and why."""
    with transaction.atomic():
        record(EventType.SIGN_IN_REFUSED, by=actor, outcome="refused", details={"reason": reason})


def session_expired(actor: Actor, reason: SignInRefusal | None, **_: Any) -> None:
    """awork no longer takes somebody's sign-in, or says why they may not be here."""
    with transaction.atomic():
        record(EventType.SESSION_EXPIRED, by=actor, details={"reason": reason} if reason else None)


def role_changed(actor: Actor, person: User | None, email: str, before: str, after: str, **_: Any) -> None:
    """Somebody is something else here from now on, or will be once they sign in."""
    about = Person(kind=Person.Kind.MEMBER.value, email=key_of(email))
    if person:
        about.awork_id, about.first_name, about.last_name = (
            person.awork_id,
            person.first_name,
            person.last_name,
        )
    details: dict[str, Json] = {"before": before, "after": after}
    with transaction.atomic():
        record(EventType.ROLE_CHANGED, by=actor, outcome=after, details=details, others=[about])


def permission_denied(actor: Actor, right: str, path: str, **_: Any) -> None:
    """Somebody asked for a page that they may not see."""
    details: dict[str, Json] = {"rule": PortalRule.PERMISSION.value, "right": right, "path": path}
    with transaction.atomic():
        record(EventType.ATTEMPT_REFUSED, by=actor, outcome="refused", details=details)


def rate_limit_reached(actor: Actor, limit: str, **_: Any) -> None:
    """Somebody did something too often; told once, however often they go on."""
    details: dict[str, Json] = {"rule": PortalRule.RATE_LIMIT.value, "limit": limit}
    with transaction.atomic():
        record(EventType.ATTEMPT_REFUSED, by=actor, outcome="refused", details=details)
