"""Pages of the log: newest first, by the place of an event and not by counting.

Rows that arrive while somebody pages come before what they have seen, so nothing is skipped or repeated.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from heapq import merge
from itertools import islice
from typing import Any

from django.db.models import QuerySet

from invites.audit import search
from invites.audit.models import Event

SIZE = 50


@dataclass(frozen=True)
class Page:
    """Events, newest first, and the ids from which the pages beside it go on."""

    events: list[Event] = field(default_factory=list)
    newer: int | None = None
    older: int | None = None


def read(chains: list[QuerySet[Event]], *, words: bool, before: int | None, after: int | None) -> Page:
    """The page of events older than `before` or newer than `after`; else the newest.

    What `words` find comes in the order of writing, which is how the index of words keeps it: the
    order of time, save where a clock was put back.
    """
    start = Event.objects.filter(id=before or after or 0).first()
    upwards = bool(start and after and not before)
    parts = [_cut(chain, words, start, upwards)[: SIZE + 1] for chain in chains]
    found = list(islice(newest_first(parts, words=words, reverse=not upwards), SIZE + 1))
    more, shown = len(found) > SIZE, found[:SIZE]
    if upwards:
        return _page(shown[::-1], newer=more, older=True)
    return _page(shown, newer=bool(start), older=more)


def newest_first(parts: Iterable[Iterable[Event]], *, words: bool, reverse: bool = True) -> Iterator[Event]:
    """One stream out of those of the chains, each of them in order."""
    return merge(*parts, key=lambda event: _place(event, words), reverse=reverse)


def ordered(events: QuerySet[Event], *, words: bool, upwards: bool = False) -> QuerySet[Event]:
    """In the order of pages."""
    if words:
        return search.ordered(events, upwards=upwards)
    return events.order_by("at", "id") if upwards else events.order_by("-at", "-id")


def _cut(events: QuerySet[Event], words: bool, start: Event | None, upwards: bool) -> QuerySet[Event]:
    events = ordered(events, words=words, upwards=upwards)
    if start is None:
        return events
    if words:
        return search.beyond(events, start.id, upwards=upwards)
    # Not `Q | Q`: only this form lets both databases start reading in the middle of the index.
    if upwards:
        return events.filter(at__gte=start.at).exclude(at=start.at, id__lte=start.id)
    return events.filter(at__lte=start.at).exclude(at=start.at, id__gte=start.id)


def _place(event: Event, words: bool) -> Any:
    return event.id if words else (event.at, event.id)


def _page(events: list[Event], *, newer: bool, older: bool) -> Page:
    if not events:
        return Page()
    return Page(events, events[0].id if newer else None, events[-1].id if older else None)
