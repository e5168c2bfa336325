"""Who is what in this portal: the role that somebody begins with, and how it changes."""

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
    """Nobody changes their own role."""


class LastAdministrator(Exception):
    """Somebody has to be left who can look after the portal."""


class NotAdministrator(Exception):
    """Who asks for the change has lost the right to it meanwhile."""


class AlreadyMember(Exception):
    """The address belongs to `user`, who has signed in already: their role is changed itself."""

    def __init__(self, user: User) -> None:
        super().__init__(user.name)
        self.user = user


@contextmanager
def lock_roles(workspace: UUID) -> Iterator[None]:
    """A transaction in which nobody else changes roles of this workspace."""
    with transaction.atomic():
        Workspace.objects.select_for_update(no_key=True).get(pk=workspace)
        yield


def initial_role(workspace: Workspace, email: str, *, is_admin: bool) -> str:
    """What somebody is from their first sign-in on: awork's admins are administrators."""
    expected = PendingRole.objects.filter(workspace=workspace, email=key_of(email))
    role = next(iter(expected.values_list("role", flat=True)), DeskRole.MANAGER)
    expected.delete()
    return DeskRole.ADMINISTRATOR.value if is_admin else role


def sync_with_awork(user: User, *, was_admin: bool) -> None:
    """An administrator whom awork made one is none without awork's right; without any, an admin is one."""
    if was_admin and not user.is_admin:
        step_down(user)
    elif user.is_admin and not _administrators(user.workspace_id).exists():
        _set(user, DeskRole.ADMINISTRATOR, by=actor.for_system(user.workspace_id))


def step_down(user: User) -> None:
    """Administer nothing any more: who lost that right at awork, or left, must not keep others from it."""
    if user.role == DeskRole.ADMINISTRATOR:
        _set(user, DeskRole.MANAGER, by=actor.for_system(user.workspace_id))


def set_role(user: User, role: DeskRole, *, acting: Actor) -> None:
    """Make somebody something else without asking who may: for whoever runs the portal's machine."""
    with lock_roles(user.workspace_id):
        user.refresh_from_db()
        _set(user, role, by=acting)


def change_role(user: User, role: DeskRole, *, by: User, acting: Actor) -> None:
    """Make somebody something else, from their next request on; the same again is nothing.

    Raises `OwnRole`, `LastAdministrator`, and `NotAdministrator` where `by` is none any more.
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
    """Say what whoever has this address will be at their first sign-in; raises `AlreadyMember`.

    Not an administrator: what awork calls somebody's address is what they say of themselves.
    """
    here = User.objects.filter(workspace=workspace, email_key=key_of(email)).first()
    if here:
        raise AlreadyMember(here)
    address = key_of(email)
    known = PendingRole.objects.select_for_update().filter(workspace=workspace, email=address).first()
    if known and known.role == role:
        return
    PendingRole.objects.update_or_create(workspace=workspace, email=address, defaults={"role": role})
    _announce(acting, None, email, known.role if known else "", role)


@transaction.atomic
def remove_pending_role(expected: PendingRole, *, acting: Actor) -> None:
    """Take back what was said of an address."""
    deleted, _ = PendingRole.objects.filter(pk=expected.pk).delete()
    if deleted:
        _announce(acting, None, expected.email, expected.role, "")


def _administrators(workspace: UUID) -> QuerySet[User]:
    return User.objects.filter(workspace=workspace, role=DeskRole.ADMINISTRATOR, is_active=True)


def _set(user: User, role: DeskRole, *, by: Actor) -> None:
    before, user.role = user.role, role.value
    user.save(update_fields=["role"])
    _announce(by, user, user.email, before, role)


def _announce(by: Actor, person: User | None, email: str, before: str, after: str) -> None:
    role_changed.send(sender=User, actor=by, person=person, email=email, before=before, after=after)
