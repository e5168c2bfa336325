"""Histograms: rows counted per day, drawn on the server as bars of one or more days (`_bars.html`)."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from typing import Any

from django.db import connection
from django.db.models import CharField, Count, QuerySet
from django.db.models.functions import Cast, Substr, TruncDate
from django.utils.functional import Promise

MIN_BARS = 28  # the width of the picture, so that a single day is not one wide bar
HEIGHT, WIDTH = 48, 4


@dataclass(frozen=True)
class Part:
    """The rows of one kind within a bar; `y` and `height` in units of the picture."""

    kind: str
    y: int
    height: int


@dataclass(frozen=True)
class Bar:
    """The rows of one or more days from `day` on, of each kind; `x` in units of the picture."""

    day: date
    counts: Mapping[str, int]
    x: int
    parts: list[Part]
    label: str  # what it shows, in words

    @property
    def count(self) -> int:
        """The rows of all kinds."""
        return sum(self.counts.values())


@dataclass(frozen=True)
class Row:
    """The counts of a bar, each with the name of its column."""

    day: date
    counts: list[tuple[str | Promise, int]]


@dataclass(frozen=True)
class Histogram:
    """Bars of `days` days each, in UTC, from the first to the last."""

    bars: list[Bar]
    days: int
    total: int

    @property
    def width(self) -> int:
        """The width in units of the picture."""
        return max(len(self.bars), MIN_BARS) * WIDTH

    @property
    def height(self) -> int:
        """The height in units of the picture."""
        return HEIGHT

    @property
    def most(self) -> Bar:
        """The highest bar."""
        return max(self.bars, key=lambda bar: bar.count)

    def rows(self, names: Mapping[str, str | Promise]) -> list[Row]:
        """The bars that aren't empty as rows of a table, with a column for each of these kinds."""
        return [
            Row(bar.day, [(name, bar.counts[kind]) for kind, name in names.items()])
            for bar in self.bars
            if bar.count
        ]


Label = Callable[[date, Mapping[str, int]], str]


def draw(
    counts: Mapping[tuple[date, str], int],
    kinds: Iterable[str],
    *,
    first: date,
    last: date,
    days: int,
    label: Label,
) -> Histogram:
    """Bars of `days` days from `first` to `last`, each with its kinds on top of one another.

    `label` is given the first day of a bar and the count of each kind.
    """
    sums: list[Counter[str]] = [Counter() for _ in range((last - first).days // days + 1)]
    for (day, kind), count in counts.items():
        sums[(day - first).days // days][kind] += count
    kinds, high = list(kinds), max(one.total() for one in sums)
    bars = [
        Bar(
            day := first + timedelta(days=place * days),
            one,
            place * WIDTH,
            list(_parts(one, kinds, high)),
            label(day, one),
        )
        for place, one in enumerate(sums)
    ]
    return Histogram(bars, days, sum(bar.count for bar in bars))


def _parts(counts: Mapping[str, int], kinds: list[str], high: int) -> Iterator[Part]:
    """The first kind at the bottom; whatever has a count is seen, so each kind may take one unit more."""
    room, y = HEIGHT - len(kinds) + 1, HEIGHT
    for kind in kinds:
        if counts[kind]:
            height = -(-counts[kind] * room // high)
            y -= height
            yield Part(kind, y, height)


def per_day(rows: QuerySet[Any], at: str, kind: str = "") -> Counter[tuple[date, str]]:
    """How many of these rows have their time `at` on each day in UTC, for each value of the field `kind`."""
    fields = ["day", kind] if kind else ["day"]
    counted = rows.order_by().annotate(day=_day(at)).values_list(*fields).annotate(Count("pk"))
    counts: Counter[tuple[date, str]] = Counter()
    for day, *value, count in counted:
        counts[day if isinstance(day, date) else date.fromisoformat(day), value[0] if value else ""] += count
    return counts


def _day(at: str) -> Any:
    """SQLite stores times as UTC text: taking the first ten characters is far faster than its functions."""
    if connection.vendor == "sqlite":
        return Substr(Cast(at, CharField()), 1, 10)
    return TruncDate(at, tzinfo=UTC)
