"""Whether awork still lets somebody in: it is asked again after fifteen minutes of use."""

from django.conf import settings

from portal import people, sessions
from portal.actor import Actor
from portal.awork import tokens
from portal.awork.errors import AworkError, SignInExpired
from portal.awork.tokens import client_for
from portal.claims import Busy, claim
from portal.login.admission import failure, objection, renew
from portal.models import User
from portal.signals import session_expired

CLAIM_SECONDS = 120  # longer than two questions can take, see portal.awork.wire
PATIENCE_SECONDS = 40


class Unconfirmed(Exception):
    """awork does not tell whether the person may still be here."""


def objection_to(user: User, *, by: Actor) -> str:
    """Why this person may no longer be here, as a key of `refusals`; "" where nothing speaks against it.

    With an objection all their sessions and tokens are gone. Raises `Unconfirmed`, and `SignInExpired`
    where awork does not take their sign-in any more, which is how it treats most who have left.
    """
    if user.is_confirmed:
        return ""
    try:
        with claim(f"confirm:{user.pk}", seconds=CLAIM_SECONDS, wait=PATIENCE_SECONDS):
            user.refresh_from_db()
            return "" if user.is_confirmed else _ask(user, by)
    except SignInExpired as problem:
        if failure(problem) != "deactivated":
            raise
        return _turn_out(user, by, "deactivated")
    except (Busy, AworkError):
        raise Unconfirmed from None


def _ask(user: User, by: Actor) -> str:
    awork = client_for(user)
    me, permissions = awork.me(), awork.permissions()
    reason = objection(me, permissions, settings.AWORK_WORKSPACES)
    if me.workspace.id != user.workspace_id:
        reason = "workspace"
    if reason:
        return _turn_out(user, by, reason)
    with people.alone_in(user.workspace_id):  # the role may have been changed while awork was asked
        user.refresh_from_db()
        renew(user, me, permissions)
    return ""


def _turn_out(user: User, by: Actor, reason: str) -> str:
    """End all sessions, forget the tokens, and make room for another administrator."""
    with people.alone_in(user.workspace_id):
        user.refresh_from_db()
        sessions.end_all(user)
        tokens.forget(user)
        people.leave(user)
        session_expired.send(sender=_turn_out, actor=by, reason=reason)
    return reason
