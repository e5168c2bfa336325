"""Records sign-ins, desk roles and refusals from the portal's signals, in the sender's transaction."""

from typing import Any

from django.db import transaction

from invites.audit.catalogue import EventType, Json, PortalRule
from invites.audit.models import Person
from invites.audit.record import member, record
from invites.audit.refusals import Refusal, record_refusals
from portal import signals
from portal.actor import Actor
from portal.email_addresses import key_of
from portal.models import PendingRole, User
from portal.signals import Revocation, SignInRefusal


def connect() -> None:
    """Connect all signals of the portal."""
    signals.signed_in.connect(signed_in, dispatch_uid="audit")
    signals.signed_out.connect(signed_out, dispatch_uid="audit")
    signals.sign_in_refused.connect(sign_in_refused, dispatch_uid="audit")
    signals.session_expired.connect(session_expired, dispatch_uid="audit")
    signals.role_changed.connect(role_changed, dispatch_uid="audit")
    signals.role_confirmed.connect(role_confirmed, dispatch_uid="audit")
    signals.role_rejected.connect(role_rejected, dispatch_uid="audit")
    signals.permission_denied.connect(permission_denied, dispatch_uid="audit")
    signals.rate_limit_reached.connect(rate_limit_reached, dispatch_uid="audit")


def signed_in(actor: Actor, user: User, **_: Any) -> None:
    """A user signed in, with their desk role, which no other event records for a first sign-in."""
    details: dict[str, Json] = {"role": user.role}
    pending = PendingRole.objects.filter(user=user).first()
    if pending:
        details["pending_role"] = pending.role
    with transaction.atomic():
        record(EventType.SIGNED_IN, by=actor, details=details)


def signed_out(actor: Actor, elsewhere: int, grant: Revocation | None, **_: Any) -> None:
    """A user signed out, here or in their other browsers."""
    with transaction.atomic():
        record(EventType.SIGNED_OUT, by=actor, details=_without_empty(elsewhere=elsewhere, grant=grant))


def sign_in_refused(actor: Actor, reason: SignInRefusal, **_: Any) -> None:
    """A sign-in was refused, and why."""
    with transaction.atomic():
        record(EventType.SIGN_IN_REFUSED, by=actor, outcome="refused", details={"reason": reason})


def session_expired(actor: Actor, reason: SignInRefusal | None, grant: Revocation | None, **_: Any) -> None:
    """awork no longer accepts a user's tokens, or they lost access."""
    with transaction.atomic():
        record(EventType.SESSION_EXPIRED, by=actor, details=_without_empty(reason=reason, grant=grant))


def _without_empty(**details: Json) -> dict[str, Json]:
    return {name: value for name, value in details.items() if value}


def role_changed(actor: Actor, person: User | None, email: str, before: str, after: str, **_: Any) -> None:
    """A desk role was changed, or set for someone's first sign-in."""
    _record_role(EventType.ROLE_CHANGED, actor, person, email, before, after)


def role_confirmed(actor: Actor, person: User, email: str, before: str, after: str, **_: Any) -> None:
    """A pending desk role was confirmed."""
    _record_role(EventType.ROLE_CONFIRMED, actor, person, email, before, after)


def role_rejected(actor: Actor, person: User, email: str, before: str, after: str, **_: Any) -> None:
    """A pending desk role was rejected."""
    _record_role(EventType.ROLE_REJECTED, actor, person, email, before, after)


def _record_role(
    type: EventType, actor: Actor, person: User | None, email: str, before: str, after: str
) -> None:
    about = member(person) if person else Person(kind=Person.Kind.MEMBER.value)
    about.email = key_of(email)  # the one that the role was set for
    details: dict[str, Json] = {"before": before, "after": after}
    outcome = "rejected" if type is EventType.ROLE_REJECTED else after
    with transaction.atomic():
        record(type, by=actor, outcome=outcome, details=details, others=[about])


def permission_denied(actor: Actor, right: str, path: str, **_: Any) -> None:
    """A user opened a page without permission; a flood is counted."""
    details: dict[str, Json] = {"rule": PortalRule.PERMISSION.value, "right": right, "path": path}
    record_refusals([Refusal(details)], by=actor)


def rate_limit_reached(actor: Actor, limit: str, **_: Any) -> None:
    """A rate limit was reached; recorded once."""
    details: dict[str, Json] = {"rule": PortalRule.RATE_LIMIT.value, "limit": limit}
    with transaction.atomic():
        record(EventType.ATTEMPT_REFUSED, by=actor, outcome="refused", details=details)
