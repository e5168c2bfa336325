"""What speaks against the lines of a list: fields, other lines, earlier invitations, accounts, and rules."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from invites.batches.candidates import Candidate
from invites.batches.checked import Verdict
from invites.lookup.many import Directory
from invites.models import Invitation
from invites.policy import decision
from invites.policy.address import address_denial
from invites.policy.describe import Denial
from invites.policy.rules import Rule, Rules
from portal.models import User

DUPLICATE = gettext_lazy("Line %(number)s already has this address and task.")
ONE_ASSIGNEE = gettext_lazy(
    "Tasks in this project have one assignee, and line %(number)s already invites someone to this task."
)
ANOTHER_PROJECT = gettext_lazy(
    "Line %(number)s invites this guest to another project, and a guest can be in one project only."
)


def judge(candidates: Sequence[Candidate], directory: Directory, user: User, rules: Rules) -> Denial | None:
    """Judge all lines, each by the first of these that speaks against it; returns the limit that is reached.

    A line takes a place that only one can have, such as the last of a limit, only if it can be sent.
    """
    _reject_duplicates(candidates)
    _deny_by_rules(_ready(candidates), directory, user, rules)
    _deny_second_projects(_ready(candidates))
    _deny_second_assignees(_ready(candidates))
    return _deny_beyond_quota(_ready(candidates), user, rules)


def _ready(candidates: Iterable[Candidate]) -> list[Candidate]:
    return [one for one in candidates if one.is_ready]


def _reject_duplicates(candidates: Iterable[Candidate]) -> None:
    """Lines with the task and the address of an earlier one, even if something is wrong with that."""
    first: dict[tuple[UUID, str], Candidate] = {}
    for one in candidates:
        if one.identity and first.setdefault(one.identity, one) is not one and one.is_ready:
            one.reject(Verdict.DUPLICATE, "email", _naming(DUPLICATE, first[one.identity]))


def _deny_by_rules(candidates: Sequence[Candidate], directory: Directory, user: User, rules: Rules) -> None:
    earlier = _earlier(candidates, user)
    for one in candidates:
        found = [_in_list(denial, one) for denial in _rule_denials(one, rules)]
        duplicate = earlier.get(one.identity) if one.identity else None
        if duplicate:
            one.deny(Verdict.INVITED, [decision.duplicate_denial(duplicate, user), *found])
            continue
        address = one.draft.address = directory.address(one.email_key, one.task)
        member = address_denial(address, one.invitation)
        if member:
            one.deny(Verdict.MEMBER, [member, *found])
        elif found:
            one.deny(Verdict.DENIED, found)


def _rule_denials(one: Candidate, rules: Rules) -> Iterable[Denial]:
    is_private = bool(one.task and one.task.is_private)
    return decision.rule_denials(one.invitation, role=one.role, rules=rules, is_private=is_private)


def _in_list(denial: Denial, one: Candidate) -> Denial:
    """The denial of a role without the form's "below"."""
    if denial.rule is not Rule.ROLE:
        return denial
    text = _("You can't assign the role “%(role)s”. Pick another one.")
    return replace(denial, text=text % {"role": one.draft.form.valid("role")})


def _earlier(candidates: Iterable[Candidate], user: User) -> dict[tuple[UUID, str], Invitation]:
    """The invitations that some of them repeat, by task and key of the address."""
    pairs = [one.identity for one in candidates if one.identity]
    tasks, keys = {task for task, _key in pairs}, {key for _task, key in pairs}
    found = Invitation.active_among(user.workspace_id, tasks, keys)
    return {(one.task_id, one.email_key): one for one in found}


def _deny_second_projects(candidates: Iterable[Candidate]) -> None:
    """A guest role lets people into one project: an address can't be invited to two of them."""
    first: dict[str, Candidate] = {}
    for one in candidates:
        if one.role and one.role.is_guest and one.task:
            other = first.setdefault(one.email_key, one)
            if other.task and other.task.project_id != one.task.project_id:
                one.reject(Verdict.DENIED, "task", _naming(ANOTHER_PROJECT, other))


def _deny_second_assignees(candidates: Iterable[Candidate]) -> None:
    """A task that can have one assignee only takes one guest."""
    first: dict[UUID, Candidate] = {}
    for one in candidates:
        if one.task and one.task.allows_several_assignees is False:
            other = first.setdefault(one.task.id, one)
            if other is not one:
                one.reject(Verdict.DENIED, "task", _naming(ONE_ASSIGNEE, other))


def _deny_beyond_quota(candidates: Sequence[Candidate], user: User, rules: Rules) -> Denial | None:
    allowed, denial = decision.quota_for(user, rules, len(candidates))
    if denial:
        for one in candidates[allowed:]:
            one.deny(Verdict.DENIED, [denial])
    return denial


def _naming(text: Promise | str, one: Candidate) -> Any:
    return text % {"number": one.line.number}
