"""May this person invite this address as this role on this task: one function, asked at every door."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import quote

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from invites.audit.catalogue import Rule
from invites.lookup import roles, tasks
from invites.models import Invitation
from invites.policy.rules import HOUR, Case, Policy, Quota, Rules
from portal.awork.schemas import AworkUser, Role, Task
from portal.models import User
from portal.roles import Permission

AWORK_TASK_URL = "https://app.awork.com/tasks/"


@dataclass(frozen=True)
class Denial:
    """A rule that says no: its name for the log, the field it stands beside, and a way out."""

    rule: Rule
    field: str
    text: Promise | str
    link: str = ""
    link_text: Promise | str = ""


@dataclass(frozen=True)
class Facts:
    """What the decision rests on; None or "" where it was not entered or is not known."""

    user: User
    task: Task | None
    role: str  # as it was asked for: an id or a name
    offered: Iterable[Role]
    email: str
    members: Iterable[AworkUser]
    policy: Policy = field(default_factory=Policy)


DENIALS = {
    Rule.PROJECT: Denial(Rule.PROJECT, "task", tasks.CLOSED),
    Rule.ROLE: Denial(Rule.ROLE, "role", _("This role cannot be given here. Choose one of those shown.")),
    Rule.DOMAIN: Denial(
        Rule.DOMAIN, "email", _("Addresses of this domain may not be invited. Ask an administrator.")
    ),
    Rule.OWN_DOMAIN: Denial(
        Rule.OWN_DOMAIN,
        "email",
        _("This is an address of your own company: it may not be invited as a guest. Choose another role."),
    ),
}


def denials(facts: Facts) -> Iterator[Denial]:
    """Every reason against it, none where the invitation may go out."""
    if facts.task and facts.task.is_private:
        yield Denial(Rule.POLICY, "task", tasks.PRIVATE)
    role = roles.find_role(facts.role, facts.offered) if facts.role else None
    if facts.role and not role:
        yield DENIALS[Rule.ROLE]
    yield from _by_policy(facts, role)
    if facts.task and facts.email:
        yield from _about_address(facts, facts.task)


def _by_policy(facts: Facts, role: Role | None) -> Iterator[Denial]:
    case = Case(
        role=role,
        email=facts.email,
        project=facts.task.project_id if facts.task else None,
        administers=Permission.ADMINISTER in facts.user.permissions,
        sent=partial(Invitation.count_sent_within, facts.user),
    )
    rules = facts.policy.rules
    for rule in rules.against(case):
        refusal = quota_denial(facts.user, rules) if rule == Rule.QUOTA else DENIALS[rule]
        if refusal:
            yield refusal


def quota_denial(user: User, rules: Rules) -> Denial | None:
    """The refusal of somebody who has sent as many as one person may; None for others."""
    limit = rules.reached(partial(Invitation.count_sent_within, user))
    return Denial(Rule.QUOTA, "email", _reached(limit)) if limit else None


def _reached(limit: Quota) -> str:
    if limit.window == HOUR:
        text = ngettext(
            "One person may send %(most)s invitation in an hour, and you have. Try again later.",
            "One person may send %(most)s invitations in an hour, and you have. Try again later.",
            limit.most,
        )
    else:
        text = ngettext(
            "One person may send %(most)s invitation in 24 hours, and you have. Try again later.",
            "One person may send %(most)s invitations in 24 hours, and you have. Try again later.",
            limit.most,
        )
    return text % {"most": limit.most}


def _about_address(facts: Facts, task: Task) -> Iterator[Denial]:
    earlier = Invitation.holding(facts.user.workspace_id, task.id, facts.email).first()
    if earlier:
        yield duplicate_denial(earlier, facts.user)
    elif any(facts.members):
        yield Denial(
            Rule.MEMBER,
            "email",
            _("This address belongs to a member of the workspace. Members are assigned in awork itself."),
            AWORK_TASK_URL + quote(str(task.id)),
            _("Assign them in awork"),
        )


def duplicate_denial(earlier: Invitation, user: User) -> Denial:
    """The address holds an invitation to this task; with a link where the person may open it."""
    text = _("This address is already invited to this task.")
    if earlier.inviter_id != user.pk and Permission.SEE_ALL not in user.permissions:
        return Denial(Rule.DUPLICATE, "email", text)
    return Denial(Rule.DUPLICATE, "email", text, earlier.get_absolute_url(), _("See the invitation"))
