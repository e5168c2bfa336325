"""Checks with awork every 15 minutes that a signed-in person still has access."""

from django.conf import settings
from django.utils import timezone

from portal import sessions
from portal.accounts import members
from portal.accounts.admission import failure_reason, refusal_reason, update_from_awork
from portal.accounts.revocation import revoke
from portal.actor import Actor
from portal.awork import tokens
from portal.awork.errors import AworkError, ClientRejected, SignInExpired
from portal.awork.tokens import client_for
from portal.locks import LockBusy, named_lock
from portal.models import User
from portal.signals import SignInRefusal, session_expired

LOCK_SECONDS = 120  # spares awork a second check; one that overlaps does no harm
LOCK_WAIT_SECONDS = 40


class AccessUnconfirmed(Exception):
    """awork could not be asked whether the person still has access."""


def rejection_reason(user: User, *, by: Actor) -> SignInRefusal | None:
    """Why this person may no longer use the portal, or None if they may.

    If there is a reason, their sessions and tokens are deleted. Raises `AccessUnconfirmed`,
    `ClientRejected`, and `SignInExpired` where awork no longer accepts their tokens, as for most people who
    left.
    """
    if user.is_confirmed:
        return None
    try:
        with named_lock(f"confirm:{user.pk}", seconds=LOCK_SECONDS, wait=LOCK_WAIT_SECONDS):
            user.refresh_from_db()
            return None if user.is_confirmed else _ask_awork(user, by)
    except SignInExpired as problem:
        if failure_reason(problem) != SignInRefusal.DEACTIVATED:
            raise
        return end_access(user, by, SignInRefusal.DEACTIVATED)
    except ClientRejected:
        raise
    except (LockBusy, AworkError):
        raise AccessUnconfirmed from None


def _ask_awork(user: User, by: Actor) -> SignInRefusal | None:
    awork = client_for(user)
    me, permissions = awork.me(), awork.permissions()
    reason = refusal_reason(me, permissions, settings.AWORK_WORKSPACES, user)
    if reason != SignInRefusal.IDENTITY and me.workspace.id != user.workspace_id:
        reason = SignInRefusal.WORKSPACE
    if reason:
        return end_access(user, by, reason)
    with members.lock_roles(user.workspace_id):  # the role may have changed during the call
        user.refresh_from_db()
        was_admin = update_from_awork(user, me, permissions)
        members.sync_with_awork(user, was_admin=was_admin)
    return None


def end_access(user: User, by: Actor, reason: SignInRefusal) -> SignInRefusal:
    """End all sessions, revoke and delete the tokens, and let another admin become administrator.

    A response about another person says nothing about this one, who keeps their role.
    """
    grant = revoke(user)
    with members.lock_roles(user.workspace_id):
        user.refresh_from_db()
        sessions.end_all(user)
        tokens.delete(user)
        if reason != SignInRefusal.IDENTITY:
            user.left_at = timezone.now()
            user.save(update_fields=["left_at"])
            members.demote(user)
        session_expired.send(sender=end_access, actor=by, reason=reason, grant=grant)
    return reason
