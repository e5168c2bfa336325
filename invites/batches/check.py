"""The dry run: what would become of each line of a list of guests, before anybody is invited.

It counts as one check, and its addresses have a rate limit of their own (`AworkLookup.count_listed`): a list
of 1,000 is possible, trying out addresses all day isn't. awork is asked for each task and its project once,
for its users by pages, and for no name suggestions; see `invites.lookup.many`.
"""

from collections.abc import Iterable, Sequence
from itertools import chain

from django.utils.translation import gettext_lazy as _

from invites.audit.refusals import record_refusals
from invites.batches.candidates import Candidate, candidate
from invites.batches.checked import Check, Verdict
from invites.batches.judge import judge
from invites.batches.licences import Licences, licences
from invites.batches.lines import Line
from invites.batches.task_finder import MAX_TASKS, TaskFinder
from invites.draft import NO_ROLE_ALLOWED, NO_ROLES, lookup_error
from invites.lookup import many, roles, tasks
from invites.lookup.awork import AworkLookup, Sight
from invites.lookup.many import Directory
from invites.policy import decision
from invites.policy.rules import Rules
from invites.policy.versions import current_policy
from portal.actor import Actor
from portal.awork.errors import AworkError
from portal.awork.schemas import Role, Task
from portal.models import User
from portal.web import rate_limits
from portal.web.rate_limits import RateLimitExceeded

TOO_MANY_TASKS = _("A list can have at most %(most)s different tasks. Split it.")
NO_ROLE = _("Choose a role.")


def check(
    lines: Sequence[Line],
    user: User,
    *,
    task: str = "",
    role: str = "",
    by: Actor,
    is_submitted: bool = False,
) -> Check:
    """Check each line with awork, the policy and what was sent before; nothing is saved.

    `task` and `role` are for lines that have none. With `is_submitted`, just before sending, roles are read
    from awork now. Counts towards the rate limits of `by`. Raises `SignInExpired`; the result holds any
    other error.
    """
    policy, lookup = current_policy(user.workspace_id), AworkLookup(user, by=by)
    candidates = [candidate(line, lookup, policy, task=task, role=role) for line in lines]
    result = Check([], policy)
    try:
        rate_limits.hit(rate_limits.LIST_CHECK, by=by)
        result.roles = _add_roles(candidates, user, policy.rules, fresh=is_submitted)
        result.task = _add_tasks(candidates, lookup, task)
        directory = many.find_all({one.email_key for one in candidates if one.email_key}, lookup)
        if is_submitted:
            _ = lookup.client  # raises `SignInExpired` even if the cache answered every question
    except (AworkError, RateLimitExceeded) as problem:
        result.error = lookup_error(problem, is_submitted=is_submitted)
        result.lines = [one.unchecked() for one in candidates]
        return result
    result.role = _role(role, result.roles, policy.rules)
    result.quota = judge(candidates, directory, user, policy.rules)
    result.sight, result.pending = directory.sight, _pending(directory)
    result.lines = [one.checked() for one in candidates]
    return result


def record_denied(found: Check, *, by: Actor) -> None:
    """Record which rules denied lines that somebody tried to send, as a form that is sent records them.

    A check alone records nothing: nobody has tried to send yet. Of many lines that one rule denies, the audit
    log has the first as events of their own and counts the others.
    """
    refused = (decision.refusals(one.invitation, one.denials) for one in found.lines if one.invitation)
    record_refusals(chain.from_iterable(refused), by=by)


def _add_roles(candidates: Sequence[Candidate], user: User, rules: Rules, *, fresh: bool) -> list[Role]:
    """Give each line the roles that the user may assign; returns these."""
    default = str(rules.default_role or "")
    selected = dict.fromkeys(one.draft.form.valid("role") or default for one in candidates)
    known = roles.workspace_roles(user, selected=selected, fresh=fresh)
    assignable = decision.assignable_roles(known, user, rules)
    for one in candidates:
        one.draft.roles = assignable
        if one.is_ready and not assignable:
            one.reject(Verdict.DENIED, "role", NO_ROLE_ALLOWED if known else NO_ROLES)
        elif one.is_ready and not one.role and not one.draft.form.valid("role"):
            one.reject(Verdict.MALFORMED, "role", NO_ROLE)
    return assignable


def _role(text: str, assignable: Sequence[Role], rules: Rules) -> Role | None:
    return roles.find_role(text, assignable) if text else decision.default_role(assignable, rules)


def _add_tasks(candidates: Iterable[Candidate], lookup: AworkLookup, task: str) -> Task | None:
    """Give each line its task, or say why it has none; returns the task with this key, link or id."""
    finder = TaskFinder(lookup)
    own = finder.find(task)
    for one in candidates:
        text = one.draft.form.valid("task")
        if not text:
            continue
        if not finder.may_find(text):
            one.reject(Verdict.DENIED, "task", TOO_MANY_TASKS % {"most": MAX_TASKS})
            continue
        one.draft.task = finder.find(text)
        if not one.task:
            one.reject(Verdict.MALFORMED, "task", tasks.not_found_message(text))
    return own


def _pending(directory: Directory) -> Licences | None:
    """Of those who haven't joined; whoever isn't known to be a guest counts as a whole licence."""
    if directory.sight is Sight.ONESELF:
        return None
    return licences(directory.is_guest.get(user.id, False) for user in directory.pending)
