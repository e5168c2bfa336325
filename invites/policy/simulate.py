"""What a policy would have made of the past: the invitations of the last 90 days, judged by it in turn."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.functional import Promise

from invites.audit.snapshot import Snapshot
from invites.lookup import roles
from invites.models import ACTIVE_STATES, Invitation
from invites.policy.describe import RULE_LABELS
from invites.policy.rules import Rule, Rules
from portal.models import User
from portal.roles import Permission

PERIOD = timedelta(days=90)
MAX_SHOWN = 100
FIELDS = ("id", "inviter", "role_id", "project_id", "email", "state", "attempted_at")


@dataclass(frozen=True)
class DeniedInvitation:
    """An invitation that would not have gone out, and the rules that refuse it."""

    invitation: Invitation
    rules: list[Rule]

    @property
    def reasons(self) -> list[Promise]:
        """The rules in words."""
        return [RULE_LABELS[rule] for rule in self.rules]


@dataclass(frozen=True)
class Simulation:
    """How many invitations were judged and how many would be refused, with the newest of these."""

    judged: int
    count: int
    newest: list[DeniedInvitation]


def simulate(workspace: UUID, rules: Rules) -> Simulation:
    """Judge the past by these rules; asks nobody but the database.

    Roles and rights are taken as they are now. What would have been refused does not count towards a limit,
    and of an erased guest no address is left to judge.
    """
    past = Invitation.objects.filter(workspace=workspace, attempted_at__gte=timezone.now() - PERIOD)
    rows = list(past.order_by("attempted_at", "id").values_list(*FIELDS))
    found = [(row[0], broken) for row, broken in _judged(rows, workspace, rules) if broken]
    newest = found[: -MAX_SHOWN - 1 : -1]
    known = Invitation.objects.select_related("inviter").in_bulk([id for id, _ in newest])
    return Simulation(
        len(rows), len(found), [DeniedInvitation(known[id], broken) for id, broken in newest if id in known]
    )


def _judged(rows: list[Any], workspace: UUID, rules: Rules) -> Iterator[tuple[Any, list[Rule]]]:
    known = {role.id: role for role in roles.stored_roles(workspace)}
    people = User.objects.filter(workspace=workspace)
    administrators = {user.pk for user in people if Permission.ADMINISTER in user.permissions}
    passed: defaultdict[int, list[datetime]] = defaultdict(list)
    for row in rows:
        _, inviter, role_id, project, email, state, at = row
        times = passed[inviter]
        role = known.get(role_id)
        if role and not rules.allows_role(role, administers=inviter in administrators):
            role = None
        snapshot = Snapshot(role_id=role_id, project_id=project, email=email)
        broken = [*rules.violations(snapshot, role=role, sent=_sent(times, at))]
        if not broken and state in ACTIVE_STATES:
            times.append(at)
        yield row, broken


def _sent(times: list[datetime], at: datetime) -> Callable[[timedelta], int]:
    """How many of these moments, in their order, lie within a time before `at`."""
    return lambda window: len(times) - bisect_right(times, at - window)
