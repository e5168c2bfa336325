"""Refused attempts: the first of a kind in a minute have their own events, the others are counted in one.

Otherwise anyone who may sign in could fill the log. The counters are in the database, for all processes.
What a minute has counted is recorded with the next refusal of that kind, or when someone next reads the log.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db import transaction

from invites.audit.catalogue import EventType, Json
from invites.audit.record import record
from invites.audit.snapshot import Snapshot
from portal import clock
from portal.actor import Actor, for_user
from portal.models import RefusalCounter, User

RECORDED = 10  # refusals of one person by one rule that are events of their own
WINDOW = timedelta(minutes=1)


@dataclass(frozen=True)
class Refusal:
    """One refused attempt: `details` has the `rule`, and the `right` if one was missing."""

    details: dict[str, Json]
    snapshot: Snapshot | None = None

    @property
    def kind(self) -> dict[str, str]:
        """What is counted together."""
        return {name: str(self.details.get(name, "")) for name in ("rule", "right")}


@transaction.atomic
def record_refusals(refusals: Iterable[Refusal], *, by: Actor) -> None:
    """Record these refusals, or only count those beyond the first of their kind."""
    ordered = sorted(refusals, key=_order)  # all lock in this order
    kinds = [list(refused) for _, refused in groupby(ordered, key=_order)]
    counted = [_count(refused[0].kind, len(refused), by) for refused in kinds]  # before the chain is locked
    for refused, (omitted, recorded) in zip(kinds, counted, strict=True):
        if omitted:
            _record_omitted(refused[0].kind, omitted, by)
        for refusal in refused[:recorded]:
            _record(refusal.details, by, refusal.snapshot)


def _order(refusal: Refusal) -> list[tuple[str, str]]:
    return sorted(refusal.kind.items())


def record_omitted(workspace: UUID) -> None:
    """Record what has been counted in minutes that are over; for readers of the log."""
    due = RefusalCounter.objects.filter(workspace=workspace, omitted__gt=0, ends_at__lte=clock.now())
    if due.exists():  # without a transaction, which would wait for writers
        _record_due(workspace, due)


@transaction.atomic
def _record_due(workspace: UUID, due: Any) -> None:
    counters = list(due.select_for_update(skip_locked=True).order_by("id"))
    RefusalCounter.objects.filter(pk__in=[one.pk for one in counters]).update(
        recorded=0, omitted=0, ip_address=""
    )
    users = {
        user.awork_id: user for user in User.objects.filter(awork_id__in=[one.person for one in counters])
    }
    for one in counters:
        user = users.get(one.person)
        by = for_user(user) if user else Actor(workspace, one.person, "", "", "", "")
        by = replace(by, workspace=workspace, ip_address=one.ip_address)
        _record_omitted({"rule": one.rule, "right": one.right}, one.omitted, by)


def _count(kind: dict[str, str], number: int, by: Actor) -> tuple[int, int]:
    """Count so many more; returns how many an earlier minute counted, and how many of these to record."""
    if by.id is None:
        return 0, number
    now = clock.now()
    key: dict[str, Any] = {"workspace": by.workspace, "person": by.id, **kind}
    RefusalCounter.objects.bulk_create([RefusalCounter(**key, ends_at=now + WINDOW)], ignore_conflicts=True)
    counter = RefusalCounter.objects.select_for_update().get(**key)
    omitted = 0
    if counter.ends_at <= now:
        omitted = counter.omitted
        counter.recorded, counter.omitted, counter.ends_at = 0, 0, now + WINDOW
    recorded = min(number, RECORDED - counter.recorded)
    counter.recorded += recorded
    counter.omitted += number - recorded
    counter.ip_address = by.ip_address if recorded < number else ""
    counter.save()
    return omitted, recorded


def _record_omitted(kind: dict[str, str], count: int, by: Actor) -> None:
    details: dict[str, Json] = {name: value for name, value in kind.items() if value}
    _record({**details, "more": count, "seconds": int(WINDOW.total_seconds())}, by)


def _record(details: dict[str, Json], by: Actor, snapshot: Snapshot | None = None) -> None:
    record(EventType.ATTEMPT_REFUSED, by=by, snapshot=snapshot, outcome="refused", details=details)
