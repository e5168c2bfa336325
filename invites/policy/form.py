"""The form of `/policy/`: what an administrator types, made into rules; nothing here asks awork."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from invites.policy import domains
from invites.policy.rules import NamedRef, Rules, dump
from portal.awork.schemas import Project, Role

MAX_LENGTH, MAX_DOMAINS, NAMED_LINES = 50_000, 1000, 20
MAX_QUOTA = 100_000  # invitations of one person in a day: more than awork could take


class DomainsField(forms.CharField):
    """Domains, one a line, in their readable form and each once."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs["widget"] = forms.Textarea({"rows": 4, "spellcheck": "false", "autocapitalize": "none"})
        super().__init__(required=False, max_length=MAX_LENGTH, **kwargs)

    def clean(self, value: Any) -> tuple[str, ...]:
        lines = [(n, line.strip()) for n, line in enumerate(super().clean(value).splitlines(), 1)]
        found: set[str] = set()
        wrong: list[str] = []
        for number, line in ((number, line) for number, line in lines if line):
            try:
                found.add(domains.normalize(line))
            except ValueError:
                wrong.append(_("Line %(n)s is no domain: %(line)s") % {"n": number, "line": line[:100]})
        if wrong:
            raise forms.ValidationError([*wrong[:NAMED_LINES], *_more_lines(len(wrong) - NAMED_LINES)])
        if len(found) > MAX_DOMAINS:
            raise forms.ValidationError(_("At most 1,000 domains."))
        return tuple(sorted(found))


@dataclass(frozen=True)
class PolicyChoices:
    """What can be ticked: roles with a hint each, and projects with their keys."""

    roles: dict[UUID, Role]
    projects: dict[UUID, Project]

    @classmethod
    def of(cls, roles: Iterable[Role], projects: Iterable[Project], rules: Rules) -> "PolicyChoices":
        """What awork tells, and what the policy names though awork does not tell of it."""
        named = {role.id: Role(role.id, role.name, manages=True) for role in rules.roles or ()}
        closed = {project.id: Project(project.id, project.name) for project in rules.closed}
        known = closed | {project.id: project for project in projects}
        return cls(
            roles=_sorted(named | {role.id: role for role in roles}),
            projects=_sorted(known, first=closed),
        )


class PolicyForm(forms.Form):
    """All rules of a policy; `previewed` names the preview that the person has seen."""

    previewed = forms.CharField(required=False, widget=forms.HiddenInput, max_length=200)
    roles = forms.MultipleChoiceField(
        label=_("Roles on offer"),
        help_text=_("A new role of awork is offered once it is ticked here."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Offer at least one role.")},
    )
    default_role = forms.ChoiceField(label=_("Chosen beforehand"), required=False)
    allowed = DomainsField(label=_("Domains allowed"), help_text=_("Empty: every domain that is not denied."))
    denied = DomainsField(label=_("Domains denied"), help_text=_("What is denied and allowed is denied."))
    own = DomainsField(label=_("Our own domains"), help_text=_("Where your colleagues have their addresses."))
    own_domain_guests = forms.BooleanField(
        label=_("Addresses of our own domains may be invited as guests"), required=False
    )
    per_hour = forms.IntegerField(
        label=_("In an hour"),
        help_text=_("Empty: no limit."),
        required=False,
        min_value=1,
        max_value=MAX_QUOTA,
    )
    per_day = forms.IntegerField(
        label=_("In 24 hours"),
        help_text=_("Empty: no limit."),
        required=False,
        min_value=1,
        max_value=MAX_QUOTA,
    )
    closed = forms.MultipleChoiceField(
        label=_("Projects closed to invitations"),
        help_text=_("Nobody is invited to a task of a project that is ticked."),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        error_messages={"invalid_choice": _("awork does not tell of the project %(value)s just now.")},
    )

    def __init__(self, data: QueryDict | None, choices: PolicyChoices, *, initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial, use_required_attribute=False)
        self.known = choices
        fields: dict[str, Any] = self.fields
        named = [(str(role.id), role.name) for role in choices.roles.values()]
        fields["roles"].choices = named
        fields["roles"].required = bool(named)
        fields["default_role"].choices = [("", _("The guest role")), *named]
        fields["closed"].choices = [(str(one.id), one.name) for one in choices.projects.values()]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        chosen = found.get("default_role")
        if chosen and chosen not in found.get("roles", [chosen]):
            self.add_error("default_role", _("Offer this role above, or choose another beforehand."))
        if not found.get("own_domain_guests") and found.get("own") == ():
            self.add_error("own", _("Name your own domains, or let their addresses be invited as guests."))
        return found

    @property
    def role_boxes(self) -> Iterator[tuple[Any, Role]]:
        """The boxes to tick, each with its role."""
        return zip(self["roles"], self.known.roles.values(), strict=True)

    @property
    def project_boxes(self) -> Iterator[tuple[Any, Project]]:
        """The boxes to tick, each with its project."""
        return zip(self["closed"], self.known.projects.values(), strict=True)

    def rules(self, current: Rules) -> Rules:
        """What the valid form says; where no role is known yet, of roles what `current` says."""
        said = self.cleaned_data
        picked = _selected(said["roles"], self.known.roles)
        return Rules(
            roles=picked if self.known.roles else current.roles,
            default_role=UUID(said["default_role"]) if said["default_role"] else None,
            allowed=said["allowed"],
            denied=said["denied"],
            own=said["own"],
            own_domain_guests=said["own_domain_guests"],
            per_hour=said["per_hour"],
            per_day=said["per_day"],
            closed=_selected(said["closed"], self.known.projects),
        )


def initial_values(rules: Rules, choices: PolicyChoices) -> dict[str, Any]:
    """The form's fields as these rules fill them in."""
    offered = choices.roles.values() if rules.roles is None else rules.roles
    return {
        "roles": [str(role.id) for role in offered],
        "default_role": str(rules.default_role or ""),
        "allowed": "\n".join(rules.allowed),
        "denied": "\n".join(rules.denied),
        "own": "\n".join(rules.own),
        "own_domain_guests": rules.own_domain_guests,
        "per_hour": rules.per_hour,
        "per_day": rules.per_day,
        "closed": [str(project.id) for project in rules.closed],
    }


def preview_token(rules: Rules, after: int) -> str:
    """What stands for a preview of these rules, shown when `after` was the last version."""
    said = json.dumps(dump(rules), sort_keys=True)
    return f"{after}:{sha256(said.encode()).hexdigest()}"


def _selected(ids: list[str], known: Mapping[UUID, Role | Project]) -> tuple[NamedRef, ...]:
    """Those ticked, by name: the same choice is always the same rules."""
    wanted = set(ids)
    return tuple(NamedRef(one.id, one.name) for one in _sorted(known).values() if str(one.id) in wanted)


def _sorted(some: Mapping[UUID, Any], first: Mapping[UUID, Any] | None = None) -> dict[UUID, Any]:
    order = sorted(some.values(), key=lambda one: (one.id not in (first or {}), one.name.casefold(), one.id))
    return {one.id: one for one in order}


def _more_lines(count: int) -> list[str]:
    if count <= 0:
        return []
    return [
        ngettext("and %(count)s more line", "and %(count)s more lines", count) % {"count": count},
    ]
