"""How far a batch is: its lines by state, how fast they are sent, and when the rest will be."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from math import ceil
from uuid import UUID

from django.db.models import Count, Min, QuerySet

from invites.models import RETRYABLE_STATES, Batch, BatchState, Invitation, State, WorkerProcess
from portal import clock

WINDOW = timedelta(minutes=1)  # that the rate is measured over
LEAST_LINES, LEAST_TIME = 5, timedelta(seconds=5)  # before that, the rate says nothing
MAX_RATE = 500.0  # lines a minute: awork allows 1,000 calls, and a line takes two or more

WAITING_STATES = frozenset({State.QUEUED, State.REQUESTED})
SETTLED_STATES = frozenset(State) - WAITING_STATES
UNREAD_FIELDS = ("assignees_before", "assignees_missing", "search_text")  # long, and not shown


def counts_of(batches: Iterable[UUID]) -> dict[UUID, Counter[str]]:
    """The number of lines in each state, for each of these batches that has lines."""
    rows = Invitation.objects.filter(batch__in=list(batches)).order_by()
    counts: dict[UUID, Counter[str]] = {}
    for batch, state, count in rows.values_list("batch", "state").annotate(lines=Count("*")):
        counts.setdefault(batch, Counter())[state] = count
    return counts


@dataclass(frozen=True)
class Progress:
    """A batch and the number of its lines in each state.

    `rate` is in lines a minute, None if unknown. `has_worker`: whether a worker runs that would send lines.
    """

    batch: Batch
    counts: Counter[str] = field(default_factory=Counter)
    rate: float | None = None
    has_worker: bool = True

    @classmethod
    def of(cls, batch: Batch) -> "Progress":
        """Of a batch as it is now."""
        counts = counts_of([batch.pk]).get(batch.pk, Counter())
        if batch.state != BatchState.RUNNING:
            return cls(batch, counts)
        rate = _rate(batch)
        return cls(batch, counts, rate, rate is not None or WorkerProcess.alive().exists())

    def count(self, states: Collection[str]) -> int:
        """How many lines have one of these states."""
        return sum(self.counts[state] for state in states)

    @property
    def total(self) -> int:
        """How many lines there are."""
        return self.counts.total()

    @property
    def waiting(self) -> int:
        """How many lines have no result yet."""
        return self.count(WAITING_STATES)

    @property
    def finished(self) -> int:
        """How many lines have a result."""
        return self.total - self.waiting

    @property
    def failed(self) -> int:
        """How many lines were refused or not sent."""
        return self.count(RETRYABLE_STATES)

    @property
    def unclear(self) -> int:
        """How many lines are being checked with awork."""
        return self.counts[State.UNCLEAR]

    @property
    def can_retry(self) -> bool:
        """Whether failed lines can be sent again: not while a stopped batch is still being wound up."""
        return self.failed > 0 and not (self.batch.state == BatchState.STOPPED and self.waiting)

    @property
    def totals(self) -> list[tuple[State, int]]:
        """How many lines there are in each state that there is."""
        return [(state, self.counts[state]) for state in State if self.counts[state]]

    @property
    def is_moving(self) -> bool:
        """Whether lines change by themselves: they are sent, or a stopped batch's are marked as not sent."""
        is_discarding = self.batch.state == BatchState.STOPPED and self.waiting > 0
        return self.batch.state == BatchState.RUNNING or self.counts[State.REQUESTED] > 0 or is_discarding

    @property
    def is_followed(self) -> bool:
        """Whether a page that shows it asks for news: also of a paused batch, which someone may resume."""
        return self.is_moving or self.batch.is_open

    @property
    def minutes_left(self) -> int | None:
        """When the last line will be sent, rounded up; None if unknown."""
        return ceil(self.waiting / self.rate) if self.rate and self.waiting else None

    def lines(self, states: Collection[str] = ()) -> QuerySet[Invitation]:
        """The lines in one of these states, or all."""
        lines = self.batch.invitations.defer(*UNREAD_FIELDS)
        return lines.filter(state__in=states) if states else lines


def _rate(batch: Batch) -> float | None:
    """How many lines a minute got a result lately."""
    now = clock.now()
    recent = batch.invitations.filter(state__in=SETTLED_STATES, attempted_at__gt=now - WINDOW)
    found = recent.aggregate(lines=Count("pk"), first=Min("attempted_at"))
    lines: int = found["lines"]
    if lines < LEAST_LINES or now - found["first"] < LEAST_TIME:
        return None
    minutes: float = (now - found["first"]) / timedelta(minutes=1)
    return min(lines / minutes, MAX_RATE)
