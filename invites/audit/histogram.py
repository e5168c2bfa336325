"""The histogram of events per day."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date

from django.db.models import QuerySet
from django.utils.formats import date_format, number_format
from django.utils.translation import ngettext

from invites.audit.models import Event
from portal.web.histogram import Histogram, draw, per_day

MAX_BARS = 366  # beyond this, a bar is one or more weeks


def histogram(chains: Iterable[QuerySet[Event]]) -> Histogram | None:
    """The histogram of these events; None without events."""
    counts: Counter[tuple[date, str]] = Counter()
    for events in chains:
        counts.update(per_day(events, "at"))
    if not counts:
        return None
    days = [day for day, _ in counts]
    first, last = min(days), max(days)
    return draw(counts, [""], first=first, last=last, days=_step((last - first).days + 1), label=_label)


def _step(days: int) -> int:
    return 1 if days <= MAX_BARS else -(-days // (7 * MAX_BARS)) * 7


def _label(day: date, counts: Mapping[str, int]) -> str:
    count = counts[""]
    text = ngettext("%(day)s: %(count)s event", "%(day)s: %(count)s events", count)
    return text % {
        "day": date_format(day, "j M Y"),
        "count": number_format(count, force_grouping=True),
    }
