"""The rules of a workspace for its invitations: what one version of its policy says.

Nothing here queries awork or the database: the form, a retry and the simulation judge by the same lines.
A new rule is a member of `Rule`, an attribute of `Rules` and a check in `Rules.violations`; its texts are in
`describe`, its field in `form`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any
from uuid import UUID

from invites.audit.snapshot import Snapshot
from invites.policy.domains import DomainPatterns, domain_of
from portal.awork.schemas import Role

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MOST_DAYS = 3650  # from today to an end date: a later day is a slip of the keyboard


class Rule(StrEnum):
    """Why an invitation is denied; the audit log stores the value."""

    ROLE = "role"
    DUPLICATE = "duplicate"
    MEMBER = "member"
    PRIVATE_TASK = "policy"
    DOMAIN = "domain"
    OWN_DOMAIN = "own-domain"
    QUOTA = "quota"
    PROJECT = "project"
    END_DATE = "end-date"


class AtEnd(StrEnum):
    """What happens when the last day of a guest's access has passed."""

    ASK = "ask"  # the sponsor
    TASK = "task"  # the desk takes the guest off their tasks
    WORKSPACE = "workspace"  # the desk deactivates the guest


@dataclass(frozen=True)
class NamedRef:
    """A role or a project, with the name that it had when the policy was saved."""

    id: UUID
    name: str


@dataclass(frozen=True)
class EndTerm(NamedRef):
    """How many days from today an end date of guests in this role is by default, and at most."""

    default: int | None = None
    longest: int | None = None


@dataclass(frozen=True)
class Quota:
    """How many invitations a user may send within a time."""

    window: timedelta
    most: int


@dataclass(frozen=True)
class Rules:
    """Everything that a policy decides; the defaults apply until one is saved.

    Without `roles` every assignable role is available, without `default_role` the guest role is the default.
    Without `allowed_domains` every domain is allowed that is not denied.
    """

    roles: tuple[NamedRef, ...] | None = None
    default_role: UUID | None = None
    allowed_domains: tuple[str, ...] = ()
    denied_domains: tuple[str, ...] = ()
    own_domains: tuple[str, ...] = ()
    own_domain_guests: bool = True
    per_hour: int | None = None
    per_day: int | None = None
    closed_projects: tuple[NamedRef, ...] = ()
    end_terms: tuple[EndTerm, ...] = ()
    at_end: str = AtEnd.ASK
    pending_days: int = 7  # after which a guest is pending too long

    def violations(
        self,
        snapshot: Snapshot,
        *,
        role: Role | None,
        sent: Callable[[timedelta], int] | None = None,
        today: date | None = None,
    ) -> Iterator[Rule]:
        """The rules that deny this invitation, each once; empty fields violate none.

        `role` is the requested role if the inviter may assign it, see `allows_role`. `sent` counts the
        inviter's invitations within a time; without it, quotas violate none, and without `today` no end date.
        """
        if self.is_closed(snapshot.project_id):
            yield Rule.PROJECT
        if not role and (snapshot.role_id or snapshot.role_name):
            yield Rule.ROLE
        if snapshot.email:
            yield from self._domain_violations(domain_of(snapshot.email), role)
        if sent and self.quota_reached(sent):
            yield Rule.QUOTA
        if today and not self.allows_end(snapshot.role_id, snapshot.ends_on, today):
            yield Rule.END_DATE

    def allows_role(self, role: Role, *, administers: bool) -> bool:
        """Whether a user may assign this role; those that may manage are for administrators of the desk."""
        listed = self.roles is None or role.id in self._role_ids
        return listed and role.is_assignable and (administers or not role.may_manage)

    def is_closed(self, project_id: UUID | None) -> bool:
        """Whether the project takes no guests."""
        return project_id in self._closed_ids

    def end_term(self, role_id: UUID | None) -> EndTerm | None:
        """What is set for the end dates of this role."""
        return next((term for term in self.end_terms if term.id == role_id), None)

    def latest_end(self, role_id: UUID | None, today: date) -> date:
        """The latest last day of access that guests in this role can be given today."""
        term = self.end_term(role_id)
        return today + timedelta((term and term.longest) or MOST_DAYS)

    def default_end(self, role_id: UUID | None, today: date) -> date | None:
        """The end date to propose: where one is required, the latest if there is no default."""
        term = self.end_term(role_id)
        days = term and (term.default or term.longest)
        return today + timedelta(days) if days else None

    def allows_end(self, role_id: UUID | None, ends_on: date | None, today: date) -> bool:
        """Whether a guest in this role can be given this end date today; None where none is required."""
        if ends_on is None:
            term = self.end_term(role_id)
            return term is None or term.longest is None
        return today <= ends_on <= self.latest_end(role_id, today)

    def quota_reached(self, sent: Callable[[timedelta], int], count: int = 1) -> Quota | None:
        """The first quota that has no room for `count` more of a user who has `sent` so many."""
        return next((quota for quota in self.quotas if sent(quota.window) + count > quota.most), None)

    @cached_property
    def quotas(self) -> tuple[Quota, ...]:
        """The quotas that are set."""
        both = ((HOUR, self.per_hour), (DAY, self.per_day))
        return tuple(Quota(window, most) for window, most in both if most is not None)

    def _domain_violations(self, domain: str, role: Role | None) -> Iterator[Rule]:
        if self._denied.cover(domain) or (self.allowed_domains and not self._allowed.cover(domain)):
            yield Rule.DOMAIN
        if role and role.is_guest and not self.own_domain_guests and self._own.cover(domain):
            yield Rule.OWN_DOMAIN

    @cached_property
    def _role_ids(self) -> frozenset[UUID]:
        return frozenset(role.id for role in self.roles or ())

    @cached_property
    def _closed_ids(self) -> frozenset[UUID]:
        return frozenset(project.id for project in self.closed_projects)

    @cached_property
    def _allowed(self) -> DomainPatterns:
        return DomainPatterns(self.allowed_domains)

    @cached_property
    def _denied(self) -> DomainPatterns:
        return DomainPatterns(self.denied_domains)

    @cached_property
    def _own(self) -> DomainPatterns:
        return DomainPatterns(self.own_domains)


@dataclass(frozen=True)
class Policy:
    """Rules and the number of their version; 0 until one is saved."""

    number: int = 0
    rules: Rules = field(default_factory=Rules)


ABOUT_GUESTS = {"end_terms", "at_end", "pending_days"}  # these have a column that release 0.2.0 doesn't read


def dump(rules: Rules) -> dict[str, Any]:
    """The rules as JSON."""
    return {one.name: _to_json(getattr(rules, one.name)) for one in fields(rules)}


def columns(rules: Rules) -> dict[str, Any]:
    """The rules as `PolicyVersion` stores them."""
    values = dump(rules)
    return {"guest_rules": {name: values.pop(name) for name in ABOUT_GUESTS}, "rules": values}


def load(data: Mapping[str, Any]) -> Rules:
    """The rules that `dump` wrote."""
    values = {name: _from_json(value) for name, value in data.items()}
    if values["default_role"]:
        values["default_role"] = UUID(values["default_role"])
    return Rules(**values)


def _to_json(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_to_json(one) for one in value]
    if isinstance(value, EndTerm):
        return {"id": str(value.id), "name": value.name, "default": value.default, "longest": value.longest}
    if isinstance(value, NamedRef):
        return {"id": str(value.id), "name": value.name}
    return str(value) if isinstance(value, UUID) else value


def _from_json(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_from_json(one) for one in value)
    if not isinstance(value, dict):
        return value
    named = NamedRef(UUID(value["id"]), value["name"])
    is_term = "longest" in value
    return EndTerm(named.id, named.name, value["default"], value["longest"]) if is_term else named
