"""What a draft of the policy would have denied among the invitations of the last 90 days."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.functional import Promise

from invites.audit.snapshot import Snapshot
from invites.lookup import roles
from invites.models import ACTIVE_STATES, AWAY, Guest, Invitation
from invites.policy.describe import RULE_LABELS
from invites.policy.rules import Rule, Rules
from portal import clock
from portal.awork.schemas import Role
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
    """How many invitations were judged, and what a draft changes: the ones that only it denies, by rule.

    `fewer` counts those that the current policy would have denied and the draft wouldn't. `here` are the
    guests whose access has not ended.
    """

    judged: int
    more: int
    fewer: int
    by_rule: list[tuple[Promise, int]]
    newest: list[DeniedInvitation]
    here: QuerySet[Guest]

    @property
    def with_end(self) -> int:
        """How many of them have an end date to come."""
        return self.here.filter(ends_on__gte=clock.today()).count()

    @property
    def without_end(self) -> int:
        """How many have none."""
        return self.here.filter(ends_on=None).count()


def simulate(workspace: UUID, draft: Rules, current: Rules) -> Simulation:
    """Judge the past by these rules and by the current ones, from the database alone.

    Roles and permissions are the current ones. Denied invitations don't count towards a quota, and erased
    guests have no address to judge.
    """
    past = Invitation.objects.filter(workspace=workspace, attempted_at__gte=clock.now() - PERIOD)
    rows = list(past.order_by("attempted_at", "id").values_list(*FIELDS))
    judge = Judge.of(workspace)
    pairs = [*zip(rows, judge.violations(rows, draft), judge.violations(rows, current), strict=True)]
    more = [(row[0], denied) for row, denied, before in pairs if denied and not before]
    counts = Counter(rule for _, denied in more for rule in denied)
    newest = more[: -MAX_SHOWN - 1 : -1]
    known = Invitation.objects.select_related("inviter").in_bulk([id for id, _ in newest])
    return Simulation(
        judged=len(rows),
        more=len(more),
        fewer=sum(1 for _, denied, before in pairs if before and not denied),
        by_rule=[(RULE_LABELS[rule], count) for rule, count in counts.most_common()],
        here=Guest.objects.filter(workspace=workspace).exclude(state__in=AWAY),
        newest=[DeniedInvitation(known[id], denied) for id, denied in newest if id in known],
    )


@dataclass(frozen=True)
class Judge:
    """What the rules need to know of a workspace, besides its invitations."""

    roles: dict[UUID, Role]
    administrators: set[int]

    @classmethod
    def of(cls, workspace: UUID) -> "Judge":
        """The workspace's current roles and administrators."""
        people = User.objects.filter(workspace=workspace)
        return cls(
            {role.id: role for role in roles.stored_roles(workspace)},
            {user.pk for user in people if Permission.ADMINISTER in user.permissions},
        )

    def violations(self, rows: list[Any], rules: Rules) -> Iterator[list[Rule]]:
        """The rules that each of these invitations violates, in the order of time."""
        passed: defaultdict[int, list[datetime]] = defaultdict(list)
        for _, inviter, role_id, project, email, state, at in rows:
            times = passed[inviter]
            role = self.roles.get(role_id)
            if role and not rules.allows_role(role, administers=inviter in self.administrators):
                role = None
            snapshot = Snapshot(role_id=role_id, project_id=project, email=email)
            violated = [*rules.violations(snapshot, role=role, sent=_sent_before(times, at))]
            if not violated and state in ACTIVE_STATES:
                times.append(at)
            yield violated


def _sent_before(times: list[datetime], at: datetime) -> Callable[[timedelta], int]:
    """Counts how many of these sorted times are within a window before `at`."""
    return lambda window: len(times) - bisect_right(times, at - window)
