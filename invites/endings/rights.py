"""Who may end which access of a guest, by their desk role; what awork allows is awork's to say."""

from uuid import UUID

from invites.models import EndingKind, Guest, Invitation, State
from portal.models import User
from portal.roles import Permission


def may_end(user: User, guest: Guest, kind: str, target: UUID) -> bool:
    """Whether the desk lets this person end it, or activate the guest again.

    Who manages guests may end all. Others may unassign the guests that they sponsor from their tasks, and
    those that they invited from the tasks that they invited them to.
    """
    if user.workspace_id != guest.workspace_id or not user.is_active:
        return False
    if Permission.MANAGE_GUESTS in user.permissions:
        return True
    if kind != EndingKind.TASK or Permission.INVITE not in user.permissions:
        return False
    return guest.sponsor_id == user.pk or _has_invited(user, guest, target)


def _has_invited(user: User, guest: Guest, task: UUID) -> bool:
    own = Invitation.objects.filter(inviter=user, workspace=guest.workspace_id, email_key=guest.email_key)
    return own.filter(task_id=task, state=State.SENT).exists()
