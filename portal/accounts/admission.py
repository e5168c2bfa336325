"""Who may sign in, and what is stored about them."""

from collections.abc import Iterable
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone

from portal.accounts import members, pending_roles
from portal.actor import PORTAL_WORKSPACE, Actor, origin
from portal.awork import tokens
from portal.awork.errors import AworkError, ClientRejected, TooManyRequests, Unreachable
from portal.awork.oauth import TokenResponse
from portal.awork.schemas import AworkPermissions, Me
from portal.models import User, Workspace
from portal.signals import SignInRefusal

NAME_LENGTH = 1000  # characters, as the columns have


def refusal_reason(
    me: Me, permissions: AworkPermissions, workspaces: Iterable[UUID], user: User | None
) -> SignInRefusal | None:
    """Why this person may not use the portal, or None if they may.

    Anyone with an awork account gets this far, so `workspaces` lists who is welcome; empty means
    everyone, which only the demo allows. `user` is their account here, if there is one; both responses must
    be about the same person, or one would get the name and rights of another.
    """
    listed = set(workspaces)
    people = {me.user.id, permissions.user_id} | ({user.awork_id} if user else set())
    reasons = {
        SignInRefusal.IDENTITY: len(people) > 1,
        SignInRefusal.WORKSPACE: bool(listed) and me.workspace.id not in listed,
        SignInRefusal.DEACTIVATED: me.user.is_deactivated,
        SignInRefusal.BLOCKED: permissions.is_blocked or (user is not None and not user.is_active),
        SignInRefusal.GUEST: permissions.is_guest,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def refused_actor(request: HttpRequest, me: Me, workspaces: Iterable[UUID]) -> Actor:
    """A person with an awork account whose sign-in is refused.

    Members of other workspaces are recorded in the portal's own chain, as theirs has no log here.
    """
    listed = set(workspaces)
    return Actor(
        workspace=me.workspace.id if not listed or me.workspace.id in listed else PORTAL_WORKSPACE,
        id=me.user.id,
        name=me.user.name[:NAME_LENGTH],
        email=me.user.email[:NAME_LENGTH],
        **origin(request),
    )


def failure_reason(problem: AworkError) -> SignInRefusal:
    """Why an error of awork prevents the sign-in."""
    if problem.exchange.code == "deactivated-user":
        return SignInRefusal.DEACTIVATED
    if isinstance(problem, ClientRejected):
        return SignInRefusal.CREDENTIALS
    if isinstance(problem, Unreachable | TooManyRequests):
        return SignInRefusal.UNREACHABLE
    return SignInRefusal.NONSENSE


def admit(
    user: User | None, me: Me, permissions: AworkPermissions, grant: TokenResponse
) -> tuple[User, bool]:
    """Save the person, their workspace and their tokens; `user` is their account, if there is one.

    Also returns whether awork called them an admin before, for `members.sync_with_awork`: that writes an
    event, and so comes after everything that locks rows.
    """
    workspace = _save_workspace(me)
    user = user or User(awork_id=me.user.id, is_admin=permissions.is_admin)
    is_new = user.workspace_id != workspace.id  # a role is valid in one workspace only
    if is_new:
        user.role = members.initial_role(is_admin=permissions.is_admin)
    user.workspace = workspace
    was_admin = update_from_awork(user, me, permissions)
    if is_new:
        pending_roles.claim(user)
    tokens.store(user, grant)
    return user, was_admin


def _save_workspace(me: Me) -> Workspace:
    """One upsert, which locks no key: `update_or_create` would block every invitation being committed."""
    workspace = Workspace(id=me.workspace.id, name=me.workspace.name[:NAME_LENGTH])
    Workspace.objects.bulk_create(
        [workspace], update_conflicts=True, unique_fields=["id"], update_fields=["name"]
    )
    return workspace


def update_from_awork(user: User, me: Me, permissions: AworkPermissions) -> bool:
    """Save what awork says about the person now; returns whether it called them an admin before."""
    was_admin, user.is_admin = user.is_admin, permissions.is_admin
    user.can_list_roles, user.can_list_users = permissions.can_list_roles, permissions.can_list_users
    user.sees_all_users = permissions.sees_all_users
    user.first_name = me.user.first_name[:NAME_LENGTH]
    user.last_name = me.user.last_name[:NAME_LENGTH]
    user.email = me.user.email[:NAME_LENGTH]
    user.confirmed_at, user.left_at = timezone.now(), None
    user.save()
    return was_admin
