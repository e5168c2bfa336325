"""The histogram of events per day: counted with filters, else read off the numbers of the chains."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet, UUIDField
from django.utils.formats import date_format
from django.utils.translation import ngettext

from invites.audit import chain
from invites.audit.models import Event
from portal.language import grouped
from portal.web.histogram import Histogram, draw, per_day

MAX_DAYS = 366  # beyond this, a bar is one or more weeks
MAX_BARS = 120  # of weeks
NUMBERS = """
WITH starts(at) AS (VALUES {places})
SELECT (SELECT sequence FROM audit_event WHERE workspace = %s AND at >= starts.at ORDER BY at, id LIMIT 1)
FROM starts ORDER BY starts.at
"""
Counts = Counter[tuple[date, str]]


def histogram(chains: Iterable[QuerySet[Event]]) -> Histogram | None:
    """The histogram of these events; None without events."""
    counts: Counts = Counter()
    for events in chains:
        counts.update(per_day(events, "at"))
    if not counts:
        return None
    days = [day for day, _ in counts]
    return _draw(counts, min(days), max(days))


def chains_histogram(workspaces: Sequence[UUID]) -> Histogram | None:
    """The histogram of all events of these chains, whose numbers have no gaps.

    Only the first event of each bar is read, so that it takes hardly longer for a million. A chain whose
    times are not in the order of its numbers, as after a clock was set back by days, is counted.
    """
    chains = [Event.objects.filter(workspace=one) for one in workspaces]
    ends = {one: event.sequence for one in workspaces if (event := chain.last(one))}
    if not ends:
        return None
    first, last = _span(chains)
    step = timedelta(days=_step((last - first).days + 1))
    starts = [first + step * place for place in range((last - first) // step + 1)]
    counts: Counts = Counter()
    for workspace, end in ends.items():
        numbers = [*_numbers(workspace, starts, end), end + 1]
        if numbers[0] != 1 or numbers != sorted(numbers):
            return histogram(chains)
        for start, (number, following) in zip(starts, pairwise(numbers), strict=True):
            counts[start, ""] += following - number
    return _draw(counts, first, last)


def _span(chains: Iterable[QuerySet[Event]]) -> tuple[date, date]:
    """The days in UTC of the first and the last event."""
    ordered = [events.order_by("at", "id").values_list("at", flat=True) for events in chains]
    times = [at.astimezone(UTC) for events in ordered for at in (events.first(), events.last()) if at]
    return min(times).date(), max(times).date()


def _numbers(workspace: UUID, starts: list[date], end: int) -> list[int]:
    """The number of the first event on or after each day, or that after the last."""
    adapt = connection.ops.adapt_datetimefield_value
    values: list[Any] = [adapt(datetime(day.year, day.month, day.day, tzinfo=UTC)) for day in starts]
    values.append(UUIDField().get_db_prep_value(workspace, connection))
    with connection.cursor() as cursor:
        cursor.execute(NUMBERS.format(places=", ".join(["(%s)"] * len(starts))), values)
        return [end + 1 if number is None else int(number) for (number,) in cursor.fetchall()]


def _draw(counts: Counts, first: date, last: date) -> Histogram:
    return draw(counts, [""], first=first, last=last, days=_step((last - first).days + 1), label=_label)


def _step(days: int) -> int:
    return 1 if days <= MAX_DAYS else -(-days // (7 * MAX_BARS)) * 7


def _label(day: date, counts: Mapping[str, int]) -> str:
    count = counts[""]
    text = ngettext("%(day)s: %(count)s event", "%(day)s: %(count)s events", count)
    return text % {
        "day": date_format(day, "DATE_FORMAT"),
        "count": grouped(count),
    }
