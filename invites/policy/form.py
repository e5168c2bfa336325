"""The form of `/policy/`: an administrator's input, and the rules made from it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from hashlib import sha256
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from invites.policy import domains
from invites.policy.describe import AT_END
from invites.policy.rules import MOST_DAYS, AtEnd, EndTerm, NamedRef, Rules, dump
from portal.awork.schemas import Project, Role

MAX_LENGTH, MAX_DOMAINS, NAMED_LINES = 50_000, 1000, 20
MAX_QUOTA = 100_000  # more than awork accepts in a day
MAX_END_ROLES = 100  # two fields each
MAX_PENDING = 365  # days
NO_LIMIT = _("Empty: no limit.")
DEFAULT, LONGEST = "default_days", "longest_days"  # with a role's id, fields for its end dates


class DomainsField(forms.CharField):
    """Domains, one per line; cleaned to their readable form without duplicates."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs["widget"] = forms.Textarea({"rows": 4, "spellcheck": "false", "autocapitalize": "none"})
        super().__init__(required=False, max_length=MAX_LENGTH, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, tuple) else value

    def clean(self, value: Any) -> tuple[str, ...]:
        lines = [(n, line.strip()) for n, line in enumerate(super().clean(value).splitlines(), 1)]
        patterns: set[str] = set()
        wrong: list[str] = []
        for number, line in ((number, line) for number, line in lines if line):
            try:
                patterns.add(domains.normalize(line))
            except ValueError:
                wrong.append(_("Line %(n)s is not a domain: %(line)s") % {"n": number, "line": line[:100]})
        if wrong:
            raise forms.ValidationError([*wrong[:NAMED_LINES], *_more_lines(len(wrong) - NAMED_LINES)])
        if len(patterns) > MAX_DOMAINS:
            raise forms.ValidationError(_("At most 1,000 domains."))
        return tuple(sorted(patterns))


class NumberField(forms.IntegerField):
    """A number, which may be left out. In "1.000" the dot may mean thousands, so it is refused."""

    def __init__(self, most: int, **kwargs: Any) -> None:
        super().__init__(required=False, min_value=1, max_value=most, **kwargs)

    def to_python(self, value: Any) -> int | None:
        if "." in str(value):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        number: int | None = super().to_python(value)
        return number


@dataclass(frozen=True)
class PolicyChoices:
    """The roles and projects that the form lists."""

    roles: dict[UUID, Role]
    projects: dict[UUID, Project]
    end_roles: dict[UUID, Role]  # those with fields for end dates

    @classmethod
    def build(cls, roles: Iterable[Role], projects: Iterable[Project], rules: Rules) -> "PolicyChoices":
        """Those that awork returned, and those that only the policy names."""
        refs = (*rules.end_terms, *(rules.roles or ()))
        named = {role.id: Role(role.id, role.name, manages=True) for role in refs}
        closed = {project.id: Project(project.id, project.name) for project in rules.closed_projects}
        known = closed | {project.id: project for project in projects}
        every = _sorted(named | {role.id: role for role in roles})
        first = dict.fromkeys([term.id for term in rules.end_terms])
        first |= {role.id: None for role in every.values() if role.is_guest}
        ends = [*_sorted(every, first=first).items()][: max(MAX_END_ROLES, len(rules.end_terms))]
        return cls(roles=every, projects=_sorted(known, first=closed), end_roles=dict(ends))


class PolicyForm(forms.Form):
    """All rules of a policy; `previewed` is the token of the preview that was shown."""

    previewed = forms.CharField(required=False, widget=forms.HiddenInput, max_length=200)
    roles = forms.MultipleChoiceField(
        label=_("Available roles"),
        help_text=_("A role that's new in awork is available once you tick it."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Pick at least one role.")},
    )
    default_role = forms.ChoiceField(label=_("Default role"), required=False)
    allowed_domains = DomainsField(
        label=_("Allowed domains"), help_text=_("Leave empty to allow every domain that isn't denied.")
    )
    denied_domains = DomainsField(label=_("Denied domains"), help_text=_("Deny overrides allow."))
    own_domains = DomainsField(
        label=_("Your own domains"), help_text=_("The domains of your colleagues' addresses.")
    )
    own_domain_guests = forms.BooleanField(
        label=_("Addresses of your own domains can be invited as guests"), required=False
    )
    per_hour = NumberField(MAX_QUOTA, label=_("In an hour"), help_text=NO_LIMIT)
    per_day = NumberField(MAX_QUOTA, label=_("In 24 hours"), help_text=NO_LIMIT)
    closed_projects = forms.MultipleChoiceField(
        label=_("Projects closed to invitations"),
        help_text=_("No one can be invited to the tasks of a ticked project."),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        error_messages={"invalid_choice": _("We cannot find the project %(value)s in awork right now.")},
    )

    at_end = forms.ChoiceField(
        label=_("When the last day has passed"),
        help_text=_(
            "The desk ends access with the awork access of the administrator who saved the policy last."
        ),
        required=False,
    )
    pending_days = NumberField(
        MAX_PENDING, label=_("Pending too long after days"), help_text=_("Empty: 7 days.")
    )

    def __init__(self, data: QueryDict | None, choices: PolicyChoices, *, initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial, use_required_attribute=False)
        self.known = choices
        own_fields: dict[str, Any] = self.fields
        named = [(str(role.id), role.name) for role in choices.roles.values()]
        own_fields["roles"].choices = named
        own_fields["roles"].required = bool(named)
        own_fields["default_role"].choices = [("", _("The guest role")), *named]
        own_fields["at_end"].choices = [(one.value, capfirst(str(text))) for one, text in AT_END.items()]
        for role in choices.end_roles:
            own_fields[f"{DEFAULT}-{role}"] = NumberField(MOST_DAYS, label=_("Days by default"))
            own_fields[f"{LONGEST}-{role}"] = NumberField(MOST_DAYS, label=_("Days at most"))
        own_fields["closed_projects"].choices = [(str(one.id), one.name) for one in choices.projects.values()]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        default = cleaned.get("default_role")
        if default and "roles" in cleaned and default not in {role.id for role in cleaned["roles"]}:
            self.add_error("default_role", _("Make this role available above, or pick another default."))
        if not cleaned.get("own_domain_guests") and cleaned.get("own_domains") == ():
            self.add_error("own_domains", _("Enter your own domains, or allow their addresses as guests."))
        cleaned["end_terms"] = tuple(self._end_terms(cleaned))
        return cleaned

    def _end_terms(self, cleaned: dict[str, Any]) -> Iterator[EndTerm]:
        for role in self.known.end_roles.values():
            default, longest = (cleaned.get(f"{name}-{role.id}") for name in (DEFAULT, LONGEST))
            if default and longest and default > longest:
                text = _("The default can't be longer than the days at most.")
                self.add_error(f"{DEFAULT}-{role.id}", text)
            if default or longest:
                yield EndTerm(role.id, role.name, default, longest)

    def clean_at_end(self) -> str:
        return self.cleaned_data["at_end"] or AtEnd.ASK.value

    def clean_pending_days(self) -> int:
        return self.cleaned_data["pending_days"] or Rules.pending_days

    @property
    def role_boxes(self) -> Iterator[tuple[Any, Role]]:
        """The checkboxes, each with its role."""
        return zip(self["roles"], self.known.roles.values(), strict=True)

    @property
    def end_rows(self) -> Iterator[tuple[Role, Any, Any]]:
        """Each role with the fields for its end dates."""
        for role in self.known.end_roles.values():
            yield role, self[f"{DEFAULT}-{role.id}"], self[f"{LONGEST}-{role.id}"]

    @property
    def project_boxes(self) -> Iterator[tuple[Any, Project]]:
        """The checkboxes, each with its project."""
        return zip(self["closed_projects"], self.known.projects.values(), strict=True)

    def clean_default_role(self) -> UUID | None:
        role = self.cleaned_data["default_role"]
        return UUID(role) if role else None

    def clean_closed_projects(self) -> tuple[NamedRef, ...]:
        return _selected(self.cleaned_data["closed_projects"], self.known.projects)

    def clean_roles(self) -> tuple[NamedRef, ...]:
        return _selected(self.cleaned_data["roles"], self.known.roles)

    def rules(self, current: Rules) -> Rules:
        """The rules of a valid form.

        The roles are those of `current` where no role is known yet, and where all of them stay available.
        """
        values = {field.name: self.cleaned_data[field.name] for field in fields(Rules)}
        all_stay = current.roles is None and not values["default_role"] and self._ticks_every_role
        return Rules(**values | {"roles": current.roles} if all_stay or not self.known.roles else values)

    @property
    def _ticks_every_role(self) -> bool:
        return len(self.cleaned_data["roles"]) == len(self.known.roles)


def initial_values(rules: Rules, choices: PolicyChoices) -> dict[str, Any]:
    """The form's fields, filled in with these rules."""
    values = {field.name: getattr(rules, field.name) for field in fields(rules)}
    if rules.roles is None:
        values["roles"] = choices.roles.values()
    for name in ("roles", "closed_projects"):
        values[name] = [str(one.id) for one in values[name]]
    for term in rules.end_terms:
        values |= {f"{DEFAULT}-{term.id}": term.default, f"{LONGEST}-{term.id}": term.longest}
    return values


def preview_token(rules: Rules, after: int) -> str:
    """Identifies a preview of these rules, made while `after` was the latest version."""
    data = json.dumps(dump(rules), sort_keys=True)
    return f"{after}:{sha256(data.encode()).hexdigest()}"


def _selected(ids: list[str], known: Mapping[UUID, Role | Project]) -> tuple[NamedRef, ...]:
    """The selected ones, sorted by name, so that the same selection gives the same rules."""
    selected = set(ids)
    return tuple(NamedRef(one.id, one.name) for one in _sorted(known).values() if str(one.id) in selected)


def _sorted(some: Mapping[UUID, Any], first: Mapping[UUID, Any] | None = None) -> dict[UUID, Any]:
    order = sorted(some.values(), key=lambda one: (one.id not in (first or {}), one.name.casefold(), one.id))
    return {one.id: one for one in order}


def _more_lines(count: int) -> list[str]:
    if count <= 0:
        return []
    return [
        ngettext("and %(count)s more line", "and %(count)s more lines", count) % {"count": count},
    ]
