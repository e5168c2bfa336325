"""May this user send this invitation: the one decision for the form, a retry and the moment of saving."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from invites.audit.refusals import Refusal, record_refusals
from invites.lookup.people import Address
from invites.models import Invitation
from invites.policy import describe
from invites.policy.address import address_denial
from invites.policy.describe import DENIALS, Denial, role_denial
from invites.policy.rules import Rule, Rules
from portal.actor import Actor
from portal.awork.schemas import Role, Task
from portal.models import User
from portal.roles import Permission

TASK_DONE = _("This task is already done.")


def assignable_roles(roles: Iterable[Role], user: User, rules: Rules) -> list[Role]:
    """The roles that this user may assign, the guest role first."""
    administers = Permission.ADMINISTER in user.permissions
    allowed = [role for role in roles if rules.allows_role(role, administers=administers)]
    return sorted(allowed, key=lambda role: (not role.is_guest, role.name.casefold()))


def task_warning(task: Task, rules: Rules) -> Promise | str:
    """Why the task is a poor choice; empty where it is a good one."""
    if task.is_private:
        return DENIALS[Rule.PRIVATE_TASK].text
    if rules.is_closed(task.project_id):
        return DENIALS[Rule.PROJECT].text
    return TASK_DONE if task.is_done else ""


def denials(
    invitation: Invitation,
    *,
    role: Role | None,
    rules: Rules,
    is_private: bool = False,
    address: Address | None = None,
) -> Iterator[Denial]:
    """Every reason against an unsaved invitation; none where it may be sent.

    `role` is one of `assignable_roles`, or None where the one asked for isn't. `is_private` is about the
    task, `address` what is known of the guest's.
    """
    if is_private:
        yield DENIALS[Rule.PRIVATE_TASK]
    sent = partial(Invitation.count_sent_within, invitation.inviter)
    for rule in rules.violations(invitation.snapshot, role=role, sent=sent):
        denial = _denial(rule, invitation, rules)
        if denial:
            yield denial
    denial = _duplicate(invitation) or (address_denial(address, invitation) if address else None)
    if denial:
        yield denial


def _denial(rule: Rule, invitation: Invitation, rules: Rules) -> Denial | None:
    if rule is Rule.QUOTA:
        return quota_denial(invitation.inviter, rules)
    if rule is Rule.ROLE and invitation.role_name:
        return role_denial(invitation.role_name)
    return DENIALS[rule]


def _duplicate(invitation: Invitation) -> Denial | None:
    if not invitation.task_id or not invitation.email:
        return None
    inviter = invitation.inviter
    earlier = Invitation.active_for(inviter.workspace_id, invitation.task_id, invitation.email).first()
    return duplicate_denial(earlier, inviter) if earlier else None


def quota_denial(user: User, rules: Rules) -> Denial | None:
    """The denial of a user who has sent as many invitations as the policy allows; None for others."""
    quota = rules.quota_reached(partial(Invitation.count_sent_within, user))
    if quota is None:
        return None
    return describe.quota_denial(quota, Invitation.quota_frees_at(user, quota.window, quota.most))


def duplicate_denial(earlier: Invitation, user: User) -> Denial:
    """The address has this invitation to the task already; with a link where the user may see it."""
    denial = DENIALS[Rule.DUPLICATE]
    if earlier.inviter_id != user.pk and Permission.SEE_ALL not in user.permissions:
        return denial
    return replace(denial, link=earlier.get_absolute_url(), link_text=_("See the invitation"))


@transaction.atomic
def record_denials(invitation: Invitation, denials: Iterable[Denial], *, by: Actor) -> None:
    """Record in the audit log which rules denied this unsaved invitation; it needs no gender for that.

    A retry has the id of the saved invitation: a guest erased meanwhile is recorded by the pseudonym.
    """
    invitation.lock()
    snapshot = replace(invitation.snapshot, gender="")
    refused = [
        Refusal({"rule": denial.rule.value, "policy": invitation.policy_version}, snapshot)
        for denial in denials
    ]
    record_refusals(refused, by=by)
