"""May this person invite this address as this role on this task: one function, asked at every door."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from invites.audit.catalogue import Rule
from invites.lookup import tasks
from invites.models import Invitation
from invites.policy.rules import HOUR, Quota, Rules
from portal.awork.schemas import Role
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


def denials(
    invitation: Invitation,
    *,
    role: Role | None,
    rules: Rules,
    is_private: bool = False,
    is_member: bool = False,
) -> Iterator[Denial]:
    """Every reason against an unsaved invitation; none where it may be sent.

    `role` is None where the inviter may not assign the one asked for. `is_private` is about the task,
    `is_member` about the address.
    """
    if is_private:
        yield Denial(Rule.POLICY, "task", tasks.PRIVATE)
    sent = partial(Invitation.count_sent_within, invitation.inviter)
    for rule in rules.violations(invitation.snapshot, role=role, sent=sent):
        refusal = quota_denial(invitation.inviter, rules) if rule == Rule.QUOTA else DENIALS[rule]
        if refusal:
            yield refusal
    if invitation.task_id and invitation.email:
        yield from _about_address(invitation, is_member)


def quota_denial(user: User, rules: Rules) -> Denial | None:
    """The refusal of somebody who has sent as many as one person may; None for others."""
    limit = rules.quota_reached(partial(Invitation.count_sent_within, user))
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


def _about_address(invitation: Invitation, is_member: bool) -> Iterator[Denial]:
    inviter = invitation.inviter
    earlier = Invitation.holding(inviter.workspace_id, invitation.task_id, invitation.email).first()
    if earlier:
        yield duplicate_denial(earlier, inviter)
    elif is_member:
        yield Denial(
            Rule.MEMBER,
            "email",
            _("This address belongs to a member of the workspace. Members are assigned in awork itself."),
            AWORK_TASK_URL + quote(str(invitation.task_id)),
            _("Assign them in awork"),
        )


def duplicate_denial(earlier: Invitation, user: User) -> Denial:
    """The address holds an invitation to this task; with a link where the person may open it."""
    text = _("This address is already invited to this task.")
    if earlier.inviter_id != user.pk and Permission.SEE_ALL not in user.permissions:
        return Denial(Rule.DUPLICATE, "email", text)
    return Denial(Rule.DUPLICATE, "email", text, earlier.get_absolute_url(), _("See the invitation"))
