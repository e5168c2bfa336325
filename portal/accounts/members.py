"""Desk roles of members: the first one, and every change."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from portal import actor
from portal.actor import Actor
from portal.email_addresses import key_of
from portal.models import PendingRole, User, Workspace
from portal.roles import DeskRole
from portal.signals import role_changed

ASSIGNABLE_IN_ADVANCE = (DeskRole.MANAGER, DeskRole.LEAD, DeskRole.AUDITOR)


class OwnRole(Exception):
    """Members cannot change their own role."""


class LastAdministrator(Exception):
    """A workspace needs at least one administrator."""


class NotAdministrator(Exception):
    """The acting user is no longer an administrator."""


class AlreadyMember(Exception):
    """The address belongs to `user`, who has already signed in: change their role instead."""

    def __init__(self, user: User) -> None:
        super().__init__(user.name)
        self.user = user


@contextmanager
def lock_roles(workspace: UUID) -> Iterator[None]:
    """A transaction that locks the roles of this workspace."""
    with transaction.atomic():
        Workspace.objects.select_for_update(no_key=True).get(pk=workspace)
        yield


def initial_role(workspace: Workspace, email: str, *, is_admin: bool) -> str:
    """The role at the first sign-in: administrator for awork's admins, else the pending role or manager."""
    pending = PendingRole.objects.filter(workspace=workspace, email=key_of(email))
    role = next(iter(pending.values_list("role", flat=True)), DeskRole.MANAGER)
    pending.delete()
    return DeskRole.ADMINISTRATOR.value if is_admin else role


def sync_with_awork(user: User, *, was_admin: bool) -> None:
    """Demote a former awork admin; promote an awork admin if the workspace has no administrator."""
    if was_admin and not user.is_admin:
        demote(user)
    elif user.is_admin and not _administrators(user.workspace_id).exists():
        _set(user, DeskRole.ADMINISTRATOR, by=actor.for_system(user.workspace_id))


def demote(user: User) -> None:
    """Make an administrator a manager: one who left must not prevent others from becoming administrator."""
    if user.role == DeskRole.ADMINISTRATOR:
        _set(user, DeskRole.MANAGER, by=actor.for_system(user.workspace_id))


def set_role(user: User, role: DeskRole, *, acting: Actor) -> None:
    """Change a role without a permission check, for management commands."""
    with lock_roles(user.workspace_id):
        user.refresh_from_db()
        _set(user, role, by=acting)


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
        if not administrators.filter(pk=by.pk).exists():
            raise NotAdministrator
        if user.role != role:
            _set(user, role, by=acting)


@transaction.atomic
def set_pending_role(workspace: Workspace, email: str, role: DeskRole, *, acting: Actor) -> None:
    """Set the role that a person gets at their first sign-in; raises `AlreadyMember`.

    Never administrator: people can enter any e-mail address in their awork profile.
    """
    key = key_of(email)
    member = User.objects.filter(workspace=workspace, email_key=key).first()
    if member:
        raise AlreadyMember(member)
    pending = PendingRole.objects.select_for_update().filter(workspace=workspace, email=key).first()
    if pending and pending.role == role:
        return
    PendingRole.objects.update_or_create(workspace=workspace, email=key, defaults={"role": role})
    _announce(acting, None, email, pending.role if pending else "", role)


@transaction.atomic
def remove_pending_role(pending: PendingRole, *, acting: Actor) -> None:
    """Delete a pending role; does nothing if it is already gone."""
    deleted, _ = PendingRole.objects.filter(pk=pending.pk).delete()
    if deleted:
        _announce(acting, None, pending.email, pending.role, "")


def _administrators(workspace: UUID) -> QuerySet[User]:
    return User.objects.filter(workspace=workspace, role=DeskRole.ADMINISTRATOR, is_active=True)


def _set(user: User, role: DeskRole, *, by: Actor) -> None:
    before, user.role = user.role, role.value
    user.save(update_fields=["role"])
    _announce(by, user, user.email, before, role)


def _announce(by: Actor, person: User | None, email: str, before: str, after: str) -> None:
    role_changed.send(sender=User, actor=by, person=person, email=email, before=before, after=after)
