"""Events per day: counts, and the bars of a histogram."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from typing import Any

from django.db import connection
from django.db.models import CharField, Count, QuerySet
from django.db.models.functions import Cast, Substr, TruncDate

from invites.audit.models import Event

MAX_BARS = 366  # beyond this, a bar is one or more weeks
MIN_BARS = 28  # the width of the picture, so that a single day is not one wide bar
HEIGHT, WIDTH = 48, 4


@dataclass(frozen=True)
class Bar:
    """The events of one or more days; `x`, `y` and `height` in units of the picture."""

    day: date
    count: int
    x: int
    y: int
    height: int


@dataclass(frozen=True)
class Histogram:
    """Events per day in UTC, from the first to the last."""

    bars: list[Bar]
    days: int
    total: int

    @property
    def width(self) -> int:
        """The width in units of the picture."""
        return max(len(self.bars), MIN_BARS) * WIDTH

    @property
    def most(self) -> Bar:
        """The highest bar."""
        return max(self.bars, key=lambda bar: bar.count)


def histogram(chains: Iterable[QuerySet[Event]]) -> Histogram | None:
    """The histogram of these events; None without events."""
    counts: Counter[date] = Counter()
    for events in chains:
        counts.update(dict(_counts(events)))
    if not counts:
        return None
    first, last = min(counts), max(counts)
    step = _step((last - first).days + 1)
    sums: Counter[int] = Counter()
    for day, count in counts.items():
        sums[(day - first).days // step] += count
    high = max(sums.values())
    bars = [
        _bar(first + timedelta(days=place * step), sums[place], place, high)
        for place in range((last - first).days // step + 1)
    ]
    return Histogram(bars, step, sum(counts.values()))


def _bar(day: date, count: int, place: int, high: int) -> Bar:
    height = -(-count * HEIGHT // high)
    return Bar(day, count, place * WIDTH, HEIGHT - height, height)


def _step(days: int) -> int:
    return 1 if days <= MAX_BARS else -(-days // (7 * MAX_BARS)) * 7


def _counts(events: QuerySet[Event]) -> Iterable[tuple[date, int]]:
    counted = events.order_by().annotate(day=_day()).values_list("day").annotate(Count("id"))
    for day, count in counted:
        yield (day if isinstance(day, date) else date.fromisoformat(day)), count


def _day() -> Any:
    """SQLite stores times as UTC text: taking the first ten characters is far faster than its functions."""
    if connection.vendor == "sqlite":
        return Substr(Cast("at", CharField()), 1, 10)
    return TruncDate("at", tzinfo=UTC)
