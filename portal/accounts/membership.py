"""Whether people still belong to their workspace, without a session of theirs."""

from collections.abc import Iterator

from django.utils import timezone

from portal import sessions
from portal.accounts import access_check
from portal.accounts.access_check import AccessUnconfirmed as AccessUnconfirmed  # what `is_member` raises
from portal.actor import Actor
from portal.awork.client import Client
from portal.awork.errors import AworkError, ClientRejected, NotFound, SignInExpired
from portal.awork.tokens import api_key_client, client_for
from portal.models import User
from portal.signals import SignInRefusal

ASKED = 3  # accesses of others at most


def is_member(user: User, *, by: Actor) -> bool:
    """Whether this person may still use the desk, asking awork if it hasn't said so for 15 minutes.

    awork is asked as this person, or as others where they have signed out. Who isn't a member any more
    loses sessions and tokens, and is marked as having left. Raises `AccessUnconfirmed` where awork can't be
    asked, unless it has confirmed them within the time that a session lasts.
    """
    if not user.is_active or user.left_at:
        return False
    try:
        return access_check.rejection_reason(user, by=by) is None
    except ClientRejected:
        raise AccessUnconfirmed from None
    except SignInExpired:
        return _is_seen_by_others(user, by)


def _is_seen_by_others(user: User, by: Actor) -> bool:
    for client in _others(user):
        try:
            found = client.user(user.awork_id)
        except NotFound:
            has_left = True
        except AworkError:
            continue
        else:
            has_left = found.is_deactivated or found.is_archived or found.is_external
        if has_left:
            access_check.end_access(user, by, SignInRefusal.DEACTIVATED)
        return not has_left
    if timezone.now() - user.confirmed_at > sessions.MAX_AGE:
        raise AccessUnconfirmed
    return True


def _others(user: User) -> Iterator[Client]:
    """The API key, and members who see all users: to others, a missing one may only be hidden."""
    try:
        client = api_key_client(user.workspace_id)
    except AworkError:
        client = None
    if client:
        yield client
    colleagues = User.objects.filter(workspace=user.workspace_id, sees_all_users=True, token__isnull=False)
    for one in colleagues.exclude(pk=user.pk).order_by("pk")[:ASKED]:
        try:
            yield client_for(one)
        except AworkError:
            continue
