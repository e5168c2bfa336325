"""The rules of a policy in words, what one version changes about another, and what a denial says."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from invites.policy.rules import HOUR, AtEnd, EndTerm, NamedRef, Quota, Rule, Rules
from portal.zones import moment, zone_name

WHOLE_FORM = "form"  # in place of a field: the denial is about no single one
RULE_LABELS: dict[Rule, Promise] = {
    Rule.ROLE: gettext_lazy("the role is not offered"),
    Rule.DUPLICATE: gettext_lazy("the address is already invited to the task"),
    Rule.MEMBER: gettext_lazy("the address already has an account in the workspace"),
    Rule.PRIVATE_TASK: gettext_lazy("the task is private"),
    Rule.DOMAIN: gettext_lazy("the policy does not allow addresses of this domain"),
    Rule.OWN_DOMAIN: gettext_lazy("the policy does not allow guests with an address of your own domains"),
    Rule.QUOTA: gettext_lazy("the person has sent as many invitations as the policy allows"),
    Rule.PROJECT: gettext_lazy("the policy has closed the project to invitations"),
    Rule.END_DATE: gettext_lazy("the end date is missing, has passed or is later than the policy allows"),
}


AT_END: dict[AtEnd, Promise] = {
    AtEnd.ASK: gettext_lazy("the sponsor is asked"),
    AtEnd.TASK: gettext_lazy("the desk takes the guest off their tasks"),
    AtEnd.WORKSPACE: gettext_lazy("the desk deactivates the guest in the workspace"),
}
WHEN_PASSED: dict[AtEnd, Promise] = {
    AtEnd.ASK: gettext_lazy("When the day has passed, the sponsor is asked."),
    AtEnd.TASK: gettext_lazy("When the day has passed, the desk takes the guest off their tasks."),
    AtEnd.WORKSPACE: gettext_lazy(
        "When the day has passed, the desk deactivates the guest in the workspace."
    ),
}


@dataclass(frozen=True)
class PolicyPart:
    """One part of a policy; `empty` says what it means that there are no lines."""

    label: str
    lines: tuple[str, ...]
    empty: str | Promise = ""


@dataclass(frozen=True)
class PartChange:
    """What is different about one part; `empty` says what it means that no lines are left.

    `before` says what it meant that there were none, where the added lines replace that.
    """

    label: str
    added: list[str]
    removed: list[str]
    empty: str | Promise = ""
    before: str | Promise = ""


@dataclass(frozen=True)
class Denial:
    """A rule that denies an invitation: the field or `WHOLE_FORM`, the text, and a link that helps.

    `is_action`: the link leads to a step of this desk that does what the invitation was meant for.
    """

    rule: Rule
    field: str
    text: Promise | str
    link: str = ""
    link_text: Promise | str = ""
    is_action: bool = False


DENIALS = {
    denial.rule: denial
    for denial in (
        Denial(
            Rule.PROJECT,
            "task",
            gettext_lazy("This project is closed to invitations. Pick a task in another project."),
        ),
        Denial(
            Rule.PRIVATE_TASK,
            "task",
            gettext_lazy("This task is private. Pick a task that belongs to a project."),
        ),
        Denial(Rule.ROLE, "role", gettext_lazy("You can't assign this role. Pick one below.")),
        Denial(
            Rule.DOMAIN,
            "email",
            gettext_lazy("Addresses of this domain cannot be invited. Ask an administrator."),
        ),
        Denial(
            Rule.OWN_DOMAIN,
            "email",
            gettext_lazy(
                "This is an address of your own company, which cannot be invited as a guest. "
                "Pick another role."
            ),
        ),
        Denial(Rule.DUPLICATE, "email", gettext_lazy("This address is already invited to this task.")),
    )
}


def describe(rules: Rules) -> list[PolicyPart]:
    """Every part of a policy, in the order of its form."""
    return [
        PolicyPart(_("Available roles"), _names(rules.roles or ()), _("all but those of admins and agents")),
        PolicyPart(_("Default role"), _default_role(rules), _("the guest role")),
        PolicyPart(_("Allowed domains"), rules.allowed_domains, _("all that are not denied")),
        PolicyPart(_("Denied domains"), rules.denied_domains, _("none")),
        PolicyPart(_("Your own domains"), rules.own_domains, _("none")),
        PolicyPart(
            _("Your own addresses as guests"),
            (_("allowed") if rules.own_domain_guests else _("not allowed"),),
        ),
        PolicyPart(_("Invitations in an hour"), _number(rules.per_hour), _("no limit")),
        PolicyPart(_("Invitations in 24 hours"), _number(rules.per_day), _("no limit")),
        PolicyPart(_("Projects closed to invitations"), _names(rules.closed_projects), _("none")),
        PolicyPart(_("End dates"), tuple(map(_end_term, rules.end_terms)), _("none proposed or required")),
        PolicyPart(_("When the last day has passed"), (str(AT_END[AtEnd(rules.at_end)]),)),
        PolicyPart(_("Pending too long"), (_days(rules.pending_days),)),
    ]


def diff(before: Rules, after: Rules) -> list[PartChange]:
    """The parts that differ."""
    pairs = zip(describe(before), describe(after), strict=True)
    return [_change(old, new) for old, new in pairs if old != new]


def role_denial(name: str) -> Denial:
    """The denial for a role that was asked for by its name, as bookmarks do."""
    text = _("You can't assign the role “%(role)s”. Pick one below.") % {"role": name}
    return replace(DENIALS[Rule.ROLE], text=text)


def end_denial(rules: Rules, role_id: UUID | None, ends_on: date | None, today: date) -> Denial:
    """The denial of an end date that guests in this role can't be given today."""
    return Denial(Rule.END_DATE, "ends_on", end_problem(rules, role_id, ends_on, today))


def end_problem(rules: Rules, role_id: UUID | None, ends_on: date | None, today: date) -> str:
    """Why a guest in this role can't be given this end date today, with the latest that is allowed."""
    if rules.allows_end(role_id, ends_on, today):
        return ""
    if ends_on and ends_on < today:
        return _("This day has passed. Choose today or a later day.")
    text = _("The last day of access can be %(day)s at the latest.")
    if ends_on is None:
        text = _("Guests in this role need an end date: %(day)s at the latest.")
    return text % {"day": date_format(rules.latest_end(role_id, today), "DATE_FORMAT")}


def quota_denial(quota: Quota, frees_at: datetime | None, *, allowed: int = 0, wanted: int = 0) -> Denial:
    """The denial for a user who has used up this quota, with the time from which they can send again.

    If some are `allowed` of those `wanted`, it is the denial of the others.
    """
    text = _rest_of_quota(quota, allowed, wanted) if allowed else _quota_reached(quota)
    if frees_at:
        text += " " + _("You can send again from %(time)s.") % {"time": _moment(frees_at)}
    return Denial(Rule.QUOTA, WHOLE_FORM, text)


def _quota_reached(quota: Quota) -> str:
    if quota.window == HOUR:
        text = ngettext(
            "You've reached the limit of %(most)s invitation per hour.",
            "You've reached the limit of %(most)s invitations per hour.",
            quota.most,
        )
    else:
        text = ngettext(
            "You've reached the limit of %(most)s invitation in 24 hours.",
            "You've reached the limit of %(most)s invitations in 24 hours.",
            quota.most,
        )
    return text % {"most": quota.most}


def _rest_of_quota(quota: Quota, allowed: int, wanted: int) -> str:
    if quota.window == HOUR:
        text = ngettext(
            "You can send only %(allowed)s of these %(wanted)s invitations now: "
            "the limit is %(most)s invitation per hour.",
            "You can send only %(allowed)s of these %(wanted)s invitations now: "
            "the limit is %(most)s invitations per hour.",
            quota.most,
        )
    else:
        text = ngettext(
            "You can send only %(allowed)s of these %(wanted)s invitations now: "
            "the limit is %(most)s invitation in 24 hours.",
            "You can send only %(allowed)s of these %(wanted)s invitations now: "
            "the limit is %(most)s invitations in 24 hours.",
            quota.most,
        )
    return text % {"allowed": allowed, "wanted": wanted, "most": quota.most}


def _moment(at: datetime) -> str:
    """A time in the reader's zone, which it names, rounded up to the minute; with the day unless today."""
    local = localtime(at + timedelta(minutes=1))
    if local.date() != localdate():
        return moment(local)
    return f"{date_format(local, 'TIME_FORMAT')} {zone_name(local)}"


def _change(old: PolicyPart, new: PolicyPart) -> PartChange:
    return PartChange(
        new.label,
        added=[line for line in new.lines if line not in old.lines],
        removed=[line for line in old.lines if line not in new.lines],
        empty="" if new.lines else new.empty,
        before="" if old.lines else old.empty,
    )


def _names(some: Iterable[NamedRef]) -> tuple[str, ...]:
    return tuple(one.name or str(one.id) for one in some)


def _default_role(rules: Rules) -> tuple[str, ...]:
    return _names(role for role in rules.roles or () if role.id == rules.default_role)


def _end_term(term: EndTerm) -> str:
    if term.longest is None:
        text = _("%(role)s: %(default)s by default")
    elif term.default is None:
        text = _("%(role)s: %(longest)s at most, required")
    else:
        text = _("%(role)s: %(default)s by default, %(longest)s at most, required")
    days = {name: _days(getattr(term, name) or 0) for name in ("default", "longest")}
    return text % {"role": term.name, **days}


def _days(count: int) -> str:
    return ngettext("%(count)s day", "%(count)s days", count) % {"count": count}


def _number(most: int | None) -> tuple[str, ...]:
    return () if most is None else (str(most),)
