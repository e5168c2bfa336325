"""Signing in and rights, as the portal tells of them; each event joins the transaction of its sender."""

from typing import Any

from django.db import transaction

from invites.audit.log import record
from invites.audit.types import EventType, Json, Rule
from portal import signals
from portal.actor import Actor


def connect() -> None:
    """Listen to every signal of the portal."""
    signals.signed_in.connect(signed_in, dispatch_uid="audit")
    signals.signed_out.connect(signed_out, dispatch_uid="audit")
    signals.sign_in_refused.connect(sign_in_refused, dispatch_uid="audit")
    signals.session_expired.connect(session_expired, dispatch_uid="audit")
    signals.right_refused.connect(right_refused, dispatch_uid="audit")


def signed_in(actor: Actor, **_: Any) -> None:
    """Somebody is in."""
    with transaction.atomic():
        record(EventType.SIGNED_IN, by=actor)


def signed_out(actor: Actor, **_: Any) -> None:
    """Somebody left."""
    with transaction.atomic():
        record(EventType.SIGNED_OUT, by=actor)


def sign_in_refused(actor: Actor, reason: str, **_: Any) -> None:
    """Somebody was not let in, and why."""
    with transaction.atomic():
        record(EventType.SIGN_IN_REFUSED, by=actor, outcome="refused", details={"reason": reason})


def session_expired(actor: Actor, **_: Any) -> None:
    """awork no longer takes somebody's sign-in."""
    with transaction.atomic():
        record(EventType.SESSION_EXPIRED, by=actor)


def right_refused(actor: Actor, right: str, path: str, **_: Any) -> None:
    """Somebody asked for a page that they may not see."""
    details: dict[str, Json] = {"rule": Rule.RIGHT.value, "right": right, "path": path}
    with transaction.atomic():
        record(EventType.ATTEMPT_REFUSED, by=actor, outcome="refused", details=details)
