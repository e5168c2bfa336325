"""What a policy would have denied: the invitations of the last 90 days, judged in their order."""

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
    """An invitation that would have been denied, and by which rules."""

    invitation: Invitation
    rules: list[Rule]

    @property
    def reasons(self) -> list[Promise]:
        """The rules in words."""
        return [RULE_LABELS[rule] for rule in self.rules]


@dataclass(frozen=True)
class Simulation:
    """How many invitations were judged, how many denied, and the newest of those."""

    judged: int
    count: int
    newest: list[DeniedInvitation]


def simulate(workspace: UUID, rules: Rules) -> Simulation:
    """Judge the past by these rules, from the database alone.

    Roles and permissions are the current ones. Denied invitations don't count towards a quota, and erased
    guests have no address to judge.
    """
    past = Invitation.objects.filter(workspace=workspace, attempted_at__gte=timezone.now() - PERIOD)
    rows = list(past.order_by("attempted_at", "id").values_list(*FIELDS))
    found = [(row[0], violations) for row, violations in _judged(rows, workspace, rules) if violations]
    newest = found[: -MAX_SHOWN - 1 : -1]
    known = Invitation.objects.select_related("inviter").in_bulk([id for id, _ in newest])
    return Simulation(
        len(rows),
        len(found),
        [DeniedInvitation(known[id], violations) for id, violations in newest if id in known],
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
        violations = [*rules.violations(snapshot, role=role, sent=_sent_before(times, at))]
        if not violations and state in ACTIVE_STATES:
            times.append(at)
        yield row, violations


def _sent_before(times: list[datetime], at: datetime) -> Callable[[timedelta], int]:
    """Counts how many of these sorted times are within a window before `at`."""
    return lambda window: len(times) - bisect_right(times, at - window)
