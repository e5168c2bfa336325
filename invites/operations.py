"""What operators need to know, read from the database: for `manage.py status` and for `/metrics`."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Min, Q

from invites.audit.delivery import Undelivered, undelivered
from invites.audit.status import ChainStatus, chain_statuses
from invites.guests import mails
from invites.guests.mails import MailCounts
from invites.models import (
    OPEN_BATCH_STATES,
    OPEN_ENDINGS,
    Batch,
    BatchState,
    DutyRun,
    Ending,
    EndingState,
    Invitation,
    State,
    WorkerProcess,
)
from invites.sending.locks import lease_free
from invites.stream.backlog import Backlog, backlogs
from invites.worker import DUTIES
from portal import clock
from portal.actor import PORTAL_WORKSPACE
from portal.models import Workspace

LATE = timedelta(minutes=15)  # `manage.py work --once` may be run by cron instead of a worker that stays
LONG_QUEUED = timedelta(hours=1)  # a batch of 1,000 lines takes about ten minutes
LONG_UNCLEAR = timedelta(hours=1)  # checked four times by then


@dataclass(frozen=True)
class Duty:
    """A duty of the workers and its last run, None before the first."""

    name: str
    run: DutyRun | None

    @property
    def has_failed(self) -> bool:
        """Whether the last run ended with an error."""
        return self.run is not None and bool(self.run.error)

    @property
    def is_late(self) -> bool:
        """Whether it should have run again long ago."""
        return self.run is not None and self.run.due_at < clock.now() - LATE


@dataclass(frozen=True)
class Queue:
    """Invitations that wait to be sent; `since`: the oldest of batches that are running."""

    running: int
    paused: int
    since: datetime | None

    @property
    def is_slow(self) -> bool:
        """Whether one waits for longer than sending takes."""
        return self.since is not None and self.since < clock.now() - LONG_QUEUED


@dataclass(frozen=True)
class Unclear:
    """Invitations of which we don't know whether awork sent them: how many by age, and the oldest's time."""

    under_hour: int
    under_day: int
    older: int
    since: datetime | None

    @property
    def count(self) -> int:
        """How many, of any age."""
        return self.under_hour + self.under_day + self.older

    @property
    def is_old(self) -> bool:
        """Whether one was not settled by the first checks."""
        return self.since is not None and self.since < clock.now() - LONG_UNCLEAR


@dataclass(frozen=True)
class Endings:
    """Ends of access that workers have to make or to settle, and those that someone has to confirm first."""

    unsettled: int
    waiting: int
    since: datetime | None

    @property
    def are_old(self) -> bool:
        """Whether one was not settled by the first checks."""
        return self.since is not None and self.since < clock.now() - LONG_UNCLEAR


@dataclass(frozen=True)
class Operations:
    """All of it, at one time."""

    workers: int  # alive
    seen_at: datetime | None  # the last heartbeat, also of a worker that was killed
    duties: list[Duty]
    queue: Queue
    unclear: Unclear
    endings: Endings
    paused: list[Batch]
    names: dict[UUID, str]  # of workspaces
    chains: dict[UUID, ChainStatus]  # by workspace; the portal's own is among them
    webhooks: list[Backlog]
    undelivered: Undelivered
    mails: MailCounts

    @property
    def is_working(self) -> bool:
        """Whether a worker is alive, or did something not long ago."""
        runs = [duty.run.ended_at for duty in self.duties if duty.run and duty.run.ended_at]
        return bool(self.workers) or any(ended > clock.now() - LATE for ended in runs)


def read(workspace: UUID | None = None) -> Operations:
    """Read everything, or of invitations and logs only those of one workspace and the portal's own.

    About ten queries, and one more for each workspace.
    """
    runs = DutyRun.objects.in_bulk()
    known = Workspace.objects.filter(pk=workspace) if workspace else Workspace.objects.order_by("id")
    names = dict(known.values_list("id", "name"))
    workspaces = [*names, PORTAL_WORKSPACE]
    batches = _open_batches(workspaces)
    chains = chain_statuses(workspaces)
    return Operations(
        **WorkerProcess.objects.aggregate(
            workers=Count("pk", filter=WorkerProcess.is_alive()), seen_at=Max("seen_at")
        ),
        duties=[Duty(duty.name, runs.get(duty.name)) for duty in DUTIES],
        queue=_queue(batches),
        unclear=_unclear(workspaces),
        endings=_endings(workspaces),
        paused=[batch for batch in batches if batch.state == BatchState.PAUSED],
        names=names,
        chains=chains,
        webhooks=backlogs({workspace: chain.last for workspace, chain in chains.items()}),
        undelivered=undelivered(),
        mails=mails.counts(workspaces),
    )


def _open_batches(workspaces: list[UUID]) -> list[Any]:
    """The open batches, which are few beside all invitations, each with the number of its queued lines."""
    lines = Count("invitations", filter=Q(invitations__state=State.QUEUED))
    found = Batch.objects.filter(state__in=OPEN_BATCH_STATES, workspace__in=workspaces)
    return list(found.select_related("inviter").annotate(queued=lines).order_by("changed_at"))


def _queue(batches: list[Any]) -> Queue:
    running = [batch for batch in batches if batch.state == BatchState.RUNNING and batch.queued]
    return Queue(
        running=sum(batch.queued for batch in running),
        paused=sum(batch.queued for batch in batches if batch.state == BatchState.PAUSED),
        since=min((batch.changed_at for batch in running), default=None),  # it may have been resumed
    )


def _unclear(workspaces: list[UUID]) -> Unclear:
    hour, day = (clock.now() - timedelta(hours=hours) for hours in (1, 24))
    states = (State.REQUESTED, State.UNCLEAR)  # by themselves, or SQLite takes no index for them
    unclear = Invitation.objects.filter(workspace__in=workspaces, state__in=states).exclude(email="")
    unclear = unclear.filter(Q(state=State.UNCLEAR) | lease_free())
    found = unclear.aggregate(
        under_hour=Count("id", filter=Q(attempted_at__gt=hour)),
        under_day=Count("id", filter=Q(attempted_at__lte=hour, attempted_at__gt=day)),
        older=Count("id", filter=Q(attempted_at__lte=day)),
        since=Min("attempted_at"),
    )
    return Unclear(**found)


def _endings(workspaces: list[UUID]) -> Endings:
    is_waiting = Q(state=EndingState.WAITING)
    open_ones = Ending.not_erased().filter(workspace__in=workspaces, state__in=OPEN_ENDINGS)
    found = open_ones.aggregate(
        unsettled=Count("id", filter=~is_waiting),
        waiting=Count("id", filter=is_waiting),
        since=Min("changed_at", filter=~is_waiting),
    )
    return Endings(**found)
