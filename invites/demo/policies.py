"""The versions of the demo's policy, each as a change of the one before."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from invites.policy.rules import NamedRef, Rules
from portal.awork.schemas import Project, Role

Change = Callable[[Rules, Role, Mapping[str, Project]], Rules]


def limits(rules: Rules, guest_role: Role, projects: Mapping[str, Project]) -> Rules:
    """At most 20 invitations a day, as guests by default."""
    return replace(rules, per_day=20, default_role=guest_role.id)


def domains(rules: Rules, guest_role: Role, projects: Mapping[str, Project]) -> Rules:
    """No free mail, and no guests from our own domain."""
    denied, own = ("freemail.example", "*.freemail.example"), ("nordlicht.example",)
    return replace(rules, denied_domains=denied, own_domains=own, own_domain_guests=False)


def closed_project(rules: Rules, guest_role: Role, projects: Mapping[str, Project]) -> Rules:
    """A confidential project without guests, and an hourly limit."""
    closed = projects["KEY"]
    return replace(rules, per_hour=10, closed_projects=(NamedRef(closed.id, closed.name),))


POLICIES: Mapping[str, Change] = {
    "limits": limits,
    "domains": domains,
    "closed project": closed_project,
}
