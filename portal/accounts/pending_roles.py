"""Desk roles set by e-mail address before a person's first sign-in.

An address is what people enter about themselves in awork, so it proves nothing: at the first sign-in a role
above manager waits until an administrator confirms that this is the right person.
"""

from django.db import transaction

from portal.accounts.members import assign, lock_roles, require_administrator
from portal.actor import Actor
from portal.email_addresses import key_of
from portal.models import PendingRole, User, Workspace
from portal.roles import DeskRole
from portal.signals import role_changed, role_confirmed, role_rejected

ASSIGNABLE_IN_ADVANCE = (DeskRole.MANAGER, DeskRole.LEAD, DeskRole.AUDITOR)


class AlreadyMember(Exception):
    """The address belongs to `user`, who has already signed in: change their role instead."""

    def __init__(self, user: User) -> None:
        super().__init__(user.name)
        self.user = user


def set_pending_role(workspace: Workspace, email: str, role: DeskRole, *, acting: Actor) -> None:
    """Set the role for the first sign-in of a person with this address; raises `AlreadyMember`."""
    with lock_roles(workspace.pk):
        key = key_of(email)
        pending = PendingRole.objects.filter(workspace=workspace, email=key).first()
        member = User.objects.filter(workspace=workspace, email_key=key).first() or (pending and pending.user)
        if member:
            raise AlreadyMember(member)
        before = pending.role if pending else ""
        if before != role:
            PendingRole.objects.update_or_create(workspace=workspace, email=key, defaults={"role": role})
            _announce_change(acting, email, before, role)


@transaction.atomic
def remove_pending_role(pending: PendingRole, *, acting: Actor) -> bool:
    """Delete a role that nobody has signed in for; False, and nothing done, if it is gone or waits by now."""
    deleted, _ = PendingRole.objects.filter(pk=pending.pk, user=None).delete()
    if deleted:
        _announce_change(acting, pending.email, pending.role, "")
    return bool(deleted)


def claim(user: User) -> None:
    """Let the role for this person's address wait for confirmation; at their first sign-in in a workspace.

    Nothing waits for an administrator, and a manager has that role already.
    """
    PendingRole.objects.filter(user=user).delete()  # of the workspace that they were in before
    pending = PendingRole.objects.filter(workspace=user.workspace, email=user.email_key, user=None)
    if user.role == DeskRole.ADMINISTRATOR:
        pending.delete()
    else:
        pending.filter(role=DeskRole.MANAGER).delete()
        pending.update(user=user)


def confirm(pending: PendingRole, *, by: User, acting: Actor) -> bool:
    """Assign the waiting role; False if someone has decided already. Raises `NotAdministrator`."""
    with lock_roles(pending.workspace_id):
        require_administrator(by)
        waiting = _waiting(pending)
        if waiting and waiting.user:
            assign(waiting.user, DeskRole(waiting.role), by=acting, signal=role_confirmed)
    return waiting is not None


def reject(pending: PendingRole, *, by: User, acting: Actor) -> bool:
    """Delete the waiting role; the rest as for `confirm`."""
    with lock_roles(pending.workspace_id):
        require_administrator(by)
        waiting = _waiting(pending)
        if waiting and waiting.user:
            PendingRole.objects.filter(pk=waiting.pk).delete()
            role_rejected.send(
                sender=PendingRole,
                actor=acting,
                person=waiting.user,
                email=waiting.email,
                before=waiting.user.role,
                after=waiting.role,
            )
    return waiting is not None


def _waiting(pending: PendingRole) -> PendingRole | None:
    """The current row; None if someone has decided."""
    return PendingRole.objects.select_related("user").filter(pk=pending.pk, user__isnull=False).first()


def _announce_change(by: Actor, email: str, before: str, after: str) -> None:
    role_changed.send(sender=PendingRole, actor=by, person=None, email=email, before=before, after=after)
