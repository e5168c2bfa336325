"""The rules of a policy in words, and what one version changes about another."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from invites.policy.rules import NamedRef, Rules


@dataclass(frozen=True)
class PolicyPart:
    """One part of a policy: what it is about, what it says, or in `empty` what it means to say nothing."""

    label: str
    lines: tuple[str, ...]
    empty: str | Promise = ""


@dataclass(frozen=True)
class PartChange:
    """What is different about one part: what came, what went, and what nothing left means."""

    label: str
    added: list[str]
    removed: list[str]
    empty: str | Promise = ""


def describe(rules: Rules) -> list[PolicyPart]:
    """Every part of a policy, in the order of its form."""
    return [
        PolicyPart(_("Roles on offer"), _names(rules.roles or ()), _("all but those of admins and agents")),
        PolicyPart(_("Chosen beforehand"), _default_role(rules), _("the guest role")),
        PolicyPart(_("Domains allowed"), rules.allowed, _("all that are not denied")),
        PolicyPart(_("Domains denied"), rules.denied, _("none")),
        PolicyPart(_("Our own domains"), rules.own, _("none")),
        PolicyPart(
            _("Our own addresses as guests"), (_("allowed") if rules.own_domain_guests else _("not allowed"),)
        ),
        PolicyPart(_("Invitations in an hour"), _number(rules.per_hour), _("no limit")),
        PolicyPart(_("Invitations in 24 hours"), _number(rules.per_day), _("no limit")),
        PolicyPart(_("Projects closed to invitations"), _names(rules.closed), _("none")),
    ]


def diff(before: Rules, after: Rules) -> list[PartChange]:
    """The parts that differ."""
    pairs = zip(describe(before), describe(after), strict=True)
    return [_change(old, new) for old, new in pairs if old != new]


def _change(old: PolicyPart, new: PolicyPart) -> PartChange:
    return PartChange(
        new.label,
        added=[line for line in new.lines if line not in old.lines],
        removed=[line for line in old.lines if line not in new.lines],
        empty="" if new.lines else new.empty,
    )


def _names(some: Iterable[NamedRef]) -> tuple[str, ...]:
    return tuple(one.name or str(one.id) for one in some)


def _default_role(rules: Rules) -> tuple[str, ...]:
    return _names(role for role in rules.roles or () if role.id == rules.default_role)


def _number(most: int | None) -> tuple[str, ...]:
    return () if most is None else (str(most),)
