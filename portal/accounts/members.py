"""Desk roles of members: the first one, and every change."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.dispatch import Signal

from portal import actor
from portal.actor import Actor
from portal.models import PendingRole, User, Workspace
from portal.roles import DeskRole
from portal.signals import role_changed


class OwnRole(Exception):
    """Members cannot change their own role."""


class LastAdministrator(Exception):
    """A workspace needs at least one administrator."""


class NotAdministrator(Exception):
    """The acting user is no longer an administrator."""


@contextmanager
def lock_roles(workspace: UUID) -> Iterator[None]:
    """A transaction that locks the roles of this workspace."""
    with transaction.atomic():
        Workspace.objects.select_for_update(no_key=True).get(pk=workspace)
        yield


def initial_role(*, is_admin: bool) -> DeskRole:
    """The role at the first sign-in: administrator for awork's admins, else manager."""
    return DeskRole.ADMINISTRATOR if is_admin else DeskRole.MANAGER


def sync_with_awork(user: User, *, was_admin: bool) -> None:
    """Demote a former awork admin; promote an awork admin if the workspace has no administrator."""
    if was_admin and not user.is_admin:
        demote(user)
    elif user.is_admin and not _administrators(user.workspace_id).exists():
        assign(user, DeskRole.ADMINISTRATOR, by=actor.for_system(user.workspace_id))


def demote(user: User) -> None:
    """Make an administrator a manager: one who left must not prevent others from becoming administrator."""
    if user.role == DeskRole.ADMINISTRATOR:
        assign(user, DeskRole.MANAGER, by=actor.for_system(user.workspace_id))


def set_role(user: User, role: DeskRole, *, acting: Actor) -> None:
    """Change a role without a permission check, for management commands."""
    with lock_roles(user.workspace_id):
        user.refresh_from_db()
        assign(user, role, by=acting)


def change_role(user: User, role: DeskRole, *, by: User, acting: Actor) -> None:
    """Change a member's role; it applies from their next request.

    Raises `OwnRole`, `LastAdministrator`, and `NotAdministrator` where `by` has lost that role.
    """
    with lock_roles(user.workspace_id):
        user.refresh_from_db()
        if user.pk == by.pk:
            raise OwnRole
        administrators = _administrators(user.workspace_id)
        if role != DeskRole.ADMINISTRATOR and not administrators.exclude(pk=user.pk).exists():
            raise LastAdministrator
        require_administrator(by)
        if user.role != role:
            assign(user, role, by=acting)


def require_administrator(by: User) -> None:
    """Raise `NotAdministrator` unless this user is one now; roles must be locked."""
    if not _administrators(by.workspace_id).filter(pk=by.pk).exists():
        raise NotAdministrator


def assign(user: User, role: DeskRole, *, by: Actor, signal: Signal = role_changed) -> None:
    """Give this role, settle one that waits for confirmation, and announce it; roles must be locked."""
    before, user.role = user.role, role.value
    user.save(update_fields=["role"])
    PendingRole.objects.filter(user=user).delete()
    signal.send(sender=User, actor=by, person=user, email=user.email, before=before, after=role)


def _administrators(workspace: UUID) -> QuerySet[User]:
    return User.objects.filter(workspace=workspace, role=DeskRole.ADMINISTRATOR, is_active=True)
