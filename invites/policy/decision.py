"""May this user send this invitation: the one decision for the form, a retry and the moment of saving."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import chain
from operator import itemgetter

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from invites.audit.refusals import Refusal, record_refusals
from invites.lookup.people import Address
from invites.models import Invitation
from invites.policy import describe
from invites.policy.address import address_denial
from invites.policy.describe import DENIALS, Denial, end_denial, role_denial
from invites.policy.rules import Rule, Rules
from portal import clock
from portal.actor import Actor
from portal.awork.schemas import Role, Task
from portal.models import User
from portal.roles import Permission

TASK_DONE = _("This task is already done.")


def default_role(roles: Iterable[Role], rules: Rules) -> Role | None:
    """The policy's default role among these, else the guest role; None in a workspace without one."""
    candidates = list(roles)
    named = (role for role in candidates if role.id == rules.default_role)
    guest = (role for role in candidates if role.is_guest)
    return next(chain(named, guest), None)


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
    yield from rule_denials(invitation, role=role, rules=rules, is_private=is_private)
    quota = quota_denial(invitation.inviter, rules)
    if quota:
        yield quota
    denial = _duplicate(invitation) or (address_denial(address, invitation) if address else None)
    if denial:
        yield denial


def rule_denials(
    invitation: Invitation, *, role: Role | None, rules: Rules, is_private: bool = False
) -> Iterator[Denial]:
    """As `denials`, but only what the invitation itself shows: no quota, and nothing about the address."""
    if is_private:
        yield DENIALS[Rule.PRIVATE_TASK]
    today = clock.today()
    for rule in rules.violations(invitation.snapshot, role=role, today=today):
        if rule is Rule.END_DATE:
            yield end_denial(rules, invitation.role_id, invitation.ends_on, today)
        else:
            is_named = rule is Rule.ROLE and invitation.role_name
            yield role_denial(invitation.role_name) if is_named else DENIALS[rule]


def _duplicate(invitation: Invitation) -> Denial | None:
    if not invitation.task_id or not invitation.email:
        return None
    inviter = invitation.inviter
    earlier = Invitation.active_for(inviter.workspace_id, invitation.task_id, invitation.email).first()
    return duplicate_denial(earlier, inviter) if earlier else None


def quota_denial(user: User, rules: Rules, count: int = 1) -> Denial | None:
    """The denial of a user who may not send `count` more invitations now; None for others."""
    quota = rules.quota_reached(partial(Invitation.count_sent_within, user), count)
    if quota is None:
        return None
    frees_at = Invitation.quota_frees_at(user, quota.window, quota.most - count + 1)
    return describe.quota_denial(quota, frees_at)


def quota_for(user: User, rules: Rules, wanted: int) -> tuple[int, Denial | None]:
    """How many of `wanted` invitations the user may send now, and what denies the others, if any."""
    left = [
        (max(0, quota.most - Invitation.count_sent_within(user, quota.window)), quota)
        for quota in rules.quotas
    ]
    allowed, quota = min(left, key=itemgetter(0), default=(wanted, None))
    if quota is None or allowed >= wanted:
        return wanted, None
    frees_at = Invitation.quota_frees_at(user, quota.window, quota.most - allowed)
    if allowed and not frees_at:  # these invitations will be the first within the time
        frees_at = clock.now() + quota.window
    return allowed, describe.quota_denial(quota, frees_at, allowed=allowed, wanted=wanted)


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
    record_refusals(refusals(invitation, denials), by=by)


def refusals(invitation: Invitation, denials: Iterable[Denial]) -> list[Refusal]:
    """What the audit log says of these denials of an unsaved invitation."""
    snapshot = replace(invitation.snapshot, gender="")
    return [
        Refusal({"rule": denial.rule.value, "policy": invitation.policy_version}, snapshot)
        for denial in denials
    ]
