"""Whether awork still lets somebody in: it is asked again after fifteen minutes of use."""

from django.conf import settings

from portal import sessions
from portal.accounts import members
from portal.accounts.admission import failure_reason, refusal_reason, update_from_awork
from portal.actor import Actor
from portal.awork import tokens
from portal.awork.errors import AworkError, SignInExpired
from portal.awork.tokens import client_for
from portal.locks import LockBusy, named_lock
from portal.models import User
from portal.signals import session_expired

LOCK_SECONDS = 120  # longer than two questions can take, see portal.awork.http
LOCK_WAIT_SECONDS = 40


class AccessUnconfirmed(Exception):
    """awork does not tell whether the person may still be here."""


def rejection_reason(user: User, *, by: Actor) -> str:
    """Why this person may no longer be here, as a key of `refusals`; "" where nothing speaks against it.

    With an objection all their sessions and tokens are gone. Raises `AccessUnconfirmed`, and `SignInExpired`
    where awork does not take their sign-in any more, which is how it treats most who have left.
    """
    if user.is_confirmed:
        return ""
    try:
        with named_lock(f"confirm:{user.pk}", seconds=LOCK_SECONDS, wait=LOCK_WAIT_SECONDS):
            user.refresh_from_db()
            return "" if user.is_confirmed else _ask_awork(user, by)
    except SignInExpired as problem:
        if failure_reason(problem) != "deactivated":
            raise
        return _end_access(user, by, "deactivated")
    except (LockBusy, AworkError):
        raise AccessUnconfirmed from None


def _ask_awork(user: User, by: Actor) -> str:
    awork = client_for(user)
    me, permissions = awork.me(), awork.permissions()
    reason = refusal_reason(me, permissions, settings.AWORK_WORKSPACES)
    if me.workspace.id != user.workspace_id:
        reason = "workspace"
    if reason:
        return _end_access(user, by, reason)
    with members.lock_roles(user.workspace_id):  # the role may have been changed while awork was asked
        user.refresh_from_db()
        was_admin = update_from_awork(user, me, permissions)
        members.sync_with_awork(user, was_admin=was_admin)
    return ""


def _end_access(user: User, by: Actor, reason: str) -> str:
    """End all sessions, forget the tokens, and make room for another administrator."""
    with members.lock_roles(user.workspace_id):
        user.refresh_from_db()
        sessions.end_all(user)
        tokens.delete(user)
        members.step_down(user)
        session_expired.send(sender=_end_access, actor=by, reason=reason)
    return reason
