"""The rules of a workspace for its invitations: what one version of the policy says.

Nothing here asks anybody: the form, *Try again* and the replay of the past judge by the same lines.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from invites.audit.catalogue import Rule
from invites.audit.snapshot import Snapshot
from invites.policy.domains import DomainPatterns, domain_of
from portal.awork.schemas import Role

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class NamedRef:
    """A role or a project, with the name that it had when the policy was saved."""

    id: UUID
    name: str


@dataclass(frozen=True)
class Quota:
    """How many invitations one person may send within a time."""

    window: timedelta
    most: int


@dataclass(frozen=True)
class Rules:
    """Everything that a policy decides; as they are here before one was ever saved.

    `roles` None offers all that may be offered, `default_role` None is the guest role. An empty `allowed`
    allows every domain that is not denied; `own_domain_guests` lets addresses of `own` domains be guests.
    """

    roles: tuple[NamedRef, ...] | None = None
    default_role: UUID | None = None
    allowed: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    own_domain_guests: bool = True
    per_hour: int | None = None
    per_day: int | None = None
    closed: tuple[NamedRef, ...] = ()

    def violations(
        self, snapshot: Snapshot, *, role: Role | None, sent: Callable[[timedelta], int]
    ) -> Iterator[Rule]:
        """The rules that deny this invitation, each once; what is empty breaks none.

        `role` is None where the inviter may not assign the one asked for, see `allows_role`. `sent` counts
        the inviter's invitations within a time.
        """
        if self.is_closed(snapshot.project_id):
            yield Rule.PROJECT
        if not role and (snapshot.role_id or snapshot.role_name):
            yield Rule.ROLE
        if snapshot.email:
            yield from self._domain_violations(domain_of(snapshot.email), role)
        if self.quota_reached(sent):
            yield Rule.QUOTA

    def allows_role(self, role: Role, *, administers: bool) -> bool:
        """Whether a user may assign this role; managing roles are for administrators of the desk."""
        listed = self.roles is None or role.id in self._role_ids
        return listed and is_assignable(role) and (administers or not role.manages)

    def is_closed(self, project: UUID | None) -> bool:
        """Whether nobody is invited to this project."""
        return project in self._closed_ids

    def quota_reached(self, sent: Callable[[timedelta], int]) -> Quota | None:
        """The first limit that somebody who has `sent` so many has come to."""
        return next((limit for limit in self.limits if sent(limit.window) >= limit.most), None)

    @cached_property
    def limits(self) -> tuple[Quota, ...]:
        """The limits that are set."""
        both = ((HOUR, self.per_hour), (DAY, self.per_day))
        return tuple(Quota(window, most) for window, most in both if most is not None)

    def _domain_violations(self, domain: str, role: Role | None) -> Iterator[Rule]:
        if self._denied.cover(domain) or (self.allowed and not self._allowed.cover(domain)):
            yield Rule.DOMAIN
        if role and role.is_guest and not self.own_domain_guests and self._own.cover(domain):
            yield Rule.OWN_DOMAIN

    @cached_property
    def _role_ids(self) -> frozenset[UUID]:
        return frozenset(role.id for role in self.roles or ())

    @cached_property
    def _closed_ids(self) -> frozenset[UUID]:
        return frozenset(project.id for project in self.closed)

    @cached_property
    def _allowed(self) -> DomainPatterns:
        return DomainPatterns(self.allowed)

    @cached_property
    def _denied(self) -> DomainPatterns:
        return DomainPatterns(self.denied)

    @cached_property
    def _own(self) -> DomainPatterns:
        return DomainPatterns(self.own)


@dataclass(frozen=True)
class Policy:
    """Rules with the number of their version; 0 where none was saved yet."""

    number: int = 0
    rules: Rules = field(default_factory=Rules)


def is_assignable(role: Role) -> bool:
    """Nobody becomes admin or agent through this portal, and an archived role takes nobody."""
    return not (role.is_admin or role.is_agent or role.is_archived)


def dump(rules: Rules) -> dict[str, Any]:
    """The rules as JSON."""
    return {
        "roles": None if rules.roles is None else [_pair(role) for role in rules.roles],
        "default_role": str(rules.default_role) if rules.default_role else None,
        "allowed": [*rules.allowed],
        "denied": [*rules.denied],
        "own": [*rules.own],
        "own_domain_guests": rules.own_domain_guests,
        "per_hour": rules.per_hour,
        "per_day": rules.per_day,
        "closed": [_pair(project) for project in rules.closed],
    }


def load(said: Mapping[str, Any]) -> Rules:
    """The rules that `dump` wrote."""
    return Rules(
        roles=None if said["roles"] is None else _named(said["roles"]),
        default_role=UUID(said["default_role"]) if said["default_role"] else None,
        allowed=tuple(said["allowed"]),
        denied=tuple(said["denied"]),
        own=tuple(said["own"]),
        own_domain_guests=said["own_domain_guests"],
        per_hour=said["per_hour"],
        per_day=said["per_day"],
        closed=_named(said["closed"]),
    )


def _pair(one: NamedRef) -> dict[str, str]:
    return {"id": str(one.id), "name": one.name}


def _named(pairs: list[dict[str, str]]) -> tuple[NamedRef, ...]:
    return tuple(NamedRef(UUID(one["id"]), one["name"]) for one in pairs)
