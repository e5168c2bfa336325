"""Delivers checkpoints to AUDIT_CHECKPOINTS, a place that database administrators can't write to.

Those to deliver wait in the database. Workers and commands deliver them, oldest first and at least once: no
request waits for the place.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

import structlog
from django.conf import settings
from django.db.models import Count, Max, Min, Value
from django.db.models.functions import Coalesce

from invites.audit import target
from invites.audit.bounded import NotDelivered
from invites.audit.models import SHORT, Checkpoint, UndeliveredCheckpoint
from portal import clock
from portal.locks import HeldLock, LockBusy, named_lock

RUN_SECONDS = 10.0  # after which a run starts no further attempt: the worker has other duties
LOCK_SECONDS = 60.0  # longer than one attempt
FIRST_RETRY, LAST_RETRY = timedelta(seconds=15), timedelta(minutes=10)  # each wait is twice the one before
LATE = timedelta(minutes=15)

log = structlog.get_logger(__name__)
_is_published = ContextVar("is_published", default=True)


@contextmanager
def unpublished() -> Iterator[None]:
    """Deliver no checkpoint that is made in the block.

    The database may be a copy, and AUDIT_CHECKPOINTS that of the original, which would then seem forged.
    """
    token = _is_published.set(False)
    try:
        yield
    finally:
        _is_published.reset(token)


def enqueue(checkpoint: Checkpoint) -> None:
    """Have it delivered once it is committed, if there is a place for it; not in an `unpublished` block."""
    if settings.AUDIT_CHECKPOINTS and _is_published.get():
        now = clock.now()
        UndeliveredCheckpoint.objects.create(checkpoint=checkpoint, since=now, due_at=now)


def deliver_due(go_on: Callable[[], bool]) -> int:
    """Deliver what is due until something fails, for some seconds; returns how many. A worker's duty."""
    oldest = UndeliveredCheckpoint.objects.first()
    if not settings.AUDIT_CHECKPOINTS or not oldest or oldest.due_at > clock.now():
        return 0
    end = monotonic() + RUN_SECONDS
    try:
        with named_lock("deliver-checkpoints", seconds=LOCK_SECONDS, wait=0) as lock:
            return _deliver(lock, lambda: monotonic() < end and go_on())
    except LockBusy:
        return 0  # another worker delivers


def deliver_now() -> bool:
    """Deliver everything, also what failed a moment ago; returns whether nothing waits any more.

    For commands: they print nothing of it, the log says why something failed.
    """
    if settings.AUDIT_CHECKPOINTS:
        try:
            with named_lock("deliver-checkpoints", seconds=LOCK_SECONDS, wait=LOCK_SECONDS) as lock:
                _deliver(lock, lambda: True)
        except LockBusy:
            log.warning("another process delivers checkpoints")
    return not UndeliveredCheckpoint.objects.exists()


@dataclass(frozen=True)
class Undelivered:
    """How many checkpoints are not delivered, since when, and why the last attempt failed, if one did."""

    count: int
    since: datetime | None
    problem: str

    @property
    def is_late(self) -> bool:
        """Whether one waits for longer than a worker takes, or `manage.py work --once` of cron."""
        return self.since is not None and self.since < clock.now() - LATE


def undelivered() -> Undelivered:
    """What is not delivered now."""
    found = UndeliveredCheckpoint.objects.aggregate(
        count=Count("pk"), since=Min("since"), problem=Coalesce(Max("problem"), Value(""))
    )  # only the oldest is attempted, so that no other has a problem
    return Undelivered(**found)


def forget() -> int:
    """Never deliver what waits now; returns how many that is."""
    return UndeliveredCheckpoint.objects.all().delete()[0]


def _deliver(lock: HeldLock, go_on: Callable[[], bool]) -> int:
    delivered = 0
    while go_on() and lock.extend(LOCK_SECONDS) and (one := _oldest()):
        try:
            target.send(one.checkpoint.line)
        except NotDelivered as problem:
            _postpone(one, str(problem))
            break
        one.delete()
        delivered += 1
    return delivered


def _oldest() -> UndeliveredCheckpoint | None:
    return UndeliveredCheckpoint.objects.select_related("checkpoint").first()


def _postpone(one: UndeliveredCheckpoint, problem: str) -> None:
    log.error("a checkpoint was not delivered to AUDIT_CHECKPOINTS", problem=problem)
    wait = min(FIRST_RETRY * 2 ** min(one.attempts, 10), LAST_RETRY)
    UndeliveredCheckpoint.objects.filter(pk=one.pk).update(
        due_at=clock.now() + wait, attempts=one.attempts + 1, problem=problem[:SHORT]
    )
