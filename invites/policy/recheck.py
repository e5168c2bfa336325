"""The policy's last word: in the transaction that saves an invitation, and on the task as awork has it."""

from uuid import UUID

from invites.models import Invitation, Reason, RoleOption
from invites.policy.decision import assignable_roles, duplicate_denial, quota_denial
from invites.policy.describe import Denial
from invites.policy.rules import Rule
from invites.policy.versions import current_policy
from portal import clock
from portal.awork.schemas import Task
from portal.models import User


class StaleForm(Exception):
    """The form was filled in under another version of the policy, or its earlier invitation has changed."""


class Denied(Exception):
    """The form was allowed a moment ago, and is denied now: `denial`."""

    def __init__(self, denial: Denial) -> None:
        super().__init__(str(denial.rule))
        self.denial = denial


class QuotaReached(Denied):
    """The inviter would have sent more invitations than the policy allows."""


class AlreadyInvited(Denied):
    """The address has another invitation to the task: `invitation`."""

    def __init__(self, invitation: Invitation, inviter: User) -> None:
        super().__init__(duplicate_denial(invitation, inviter))
        self.invitation = invitation


def recheck_policy(inviter: User, policy_version: int, *, count: int = 1) -> None:
    """Raise `StaleForm` unless this is the current version, and what `recheck_quota` does."""
    if current_policy(inviter.workspace_id).number != policy_version:
        raise StaleForm
    recheck_quota(inviter, count)


def recheck_quota(inviter: User, count: int) -> None:
    """Raise `QuotaReached` unless the inviter may send `count` more invitations now.

    With a quota, the inviter's other invitations wait until the transaction ends: of ten forms sent at once,
    each counts those saved before it.
    """
    current = current_policy(inviter.workspace_id)
    if not current.rules.quotas or not count:
        return
    User.objects.select_for_update(no_key=True, of=("self",)).get(pk=inviter.pk)
    denial = quota_denial(inviter, current.rules, count)
    if denial:
        raise QuotaReached(denial)


def recheck_task(workspace_id: UUID, task: Task) -> Reason | None:
    """Why nobody can be invited to the task, just read from awork: the form may have seen an older one."""
    if task.is_private:
        return Reason.TASK_PRIVATE
    return Reason.PROJECT_CLOSED if current_policy(workspace_id).rules.is_closed(task.project_id) else None


def recheck_rules(invitation: Invitation) -> Reason | None:
    """Why a queued invitation may not be sent any more: the policy that allowed it has changed.

    Quotas counted it when it was queued. A role that the desk doesn't know any more is denied.
    """
    current = current_policy(invitation.workspace_id)
    if current.number == invitation.policy_version:
        return None
    options = RoleOption.objects.filter(workspace=invitation.workspace_id, role_id=invitation.role_id)
    known = assignable_roles([one.role for one in options], invitation.inviter, current.rules)
    role = next(iter(known), None)
    today = clock.today()
    denied = current.rules.violations(invitation.snapshot, role=role, sent=lambda window: 0, today=today)
    return Reason.POLICY_CHANGED if set(denied) - {Rule.QUOTA} else None
