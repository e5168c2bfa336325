"""Exports the filtered log as CSV, or as JSON lines that can be verified offline."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from operator import attrgetter
from typing import Any

from django.db import transaction
from django.db.models import Model, Q, QuerySet, UUIDField

from invites.audit import chain, checkpoints
from invites.audit.catalogue import EventType
from invites.audit.chain import ATTRIBUTES
from invites.audit.fields import UUIDText
from invites.audit.filters import EventFilter
from invites.audit.models import Event, Person, people_of
from invites.audit.presenters import EventPresenter, present
from invites.audit.record import record
from portal import clock
from portal.actor import PORTAL_WORKSPACE, Actor
from portal.email_addresses import key_of
from portal.language import each_in_english
from portal.web import csv
from portal.web.pagination import KeysetPaginator

CHUNK = 2000  # events whose people are read at once
PERSONAL = {"guest", "ip_address"}  # filters that identify a person: recorded where they can be erased
EXCHANGE = ("method", "path", "status", "code", "trace_id", "milliseconds")
COPIED = [
    ATTRIBUTES.get(name, name)
    for name in chain.FIELDS
    if name not in {"at", "details", "exchange", "people", "sequence"}
]
# Canonical, or as close to it as values allow that were tampered with.
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode
COLUMNS = ["sequence", "at", "sentence", *COPIED, "people", *EXCHANGE, "details", "hash"]
TEXT = "_text"  # ends the names of ids that the database gives as text


def _names(model: type[Model], keys: Iterable[str]) -> list[str]:
    """The names of the values that a row of `_values` has for these keys of the chain."""
    ids = {field.name for field in model._meta.concrete_fields if isinstance(field, UUIDField)}
    names = [ATTRIBUTES.get(key, key) for key in keys]
    return [f"{name}{TEXT}" if name in ids else name for name in names]


EVENT, PERSON = _names(Event, chain.FIELDS), _names(Person, Person.FIELDS)
_event_values, _person_values = attrgetter(*EVENT), attrgetter(*PERSON)


@dataclass(frozen=True)
class Export:
    """The events up to now, without those appended while it streams."""

    chains: list[QuerySet[Event]]
    paginator: KeysetPaginator[Event]
    about: dict[str, Any]

    def rows(self) -> Iterator[EventPresenter]:
        """The events, newest first, read in chunks."""
        for events in self._chunks(self.chains):
            yield from present(events)

    def values(self) -> Iterator[tuple[Any, list[Any]]]:
        """The same events and their people as named tuples, in about two thirds of the time of models."""
        people = _values(Person.objects.all(), PERSON, "event", "position", "salt")
        chains = [_values(events, EVENT, "id", "previous", "hash") for events in self.chains]
        for events in self._chunks(chains):
            found = people_of(events, people)
            for event in events:
                yield event, found[event.id]

    def _chunks(self, chains: list[Any]) -> Iterator[list[Any]]:
        events = self.paginator.merge(self.paginator.ordered(rows).iterator(CHUNK) for rows in chains)
        while found := list(islice(events, CHUNK)):
            yield found


def start(wanted: EventFilter, *, by: Actor, form: str) -> Export:
    """Count the events, sign the ends of their chains, and record the export."""
    now = clock.now()  # the ends are read later: whatever is signed beyond them is signed after this
    # A workspace's chain comes before that of the portal, as the verifier expects.
    ends = [end for one in (wanted.workspace, PORTAL_WORKSPACE) if (end := chain.last(one))]
    ended = Q(*(Q(workspace=end.workspace, sequence__lte=end.sequence) for end in ends), _connector=Q.OR)
    chains = [events.filter(ended) for events in wanted.chains()] if ends else []
    count = sum(events.count() for events in chains)
    with transaction.atomic():
        signed = [checkpoints.create(end, at=now) for end in ends]
        _record(wanted, by, form, count)
    handovers = checkpoints.handovers([end.workspace for end in ends])
    about = {
        "count": count,
        "filters": wanted.url_values,
        **({"handovers": handovers} if handovers else {}),
        "time": f"{now:%Y-%m-%dT%H:%M:%S.%fZ}",
        "chains": [
            {
                "workspace": str(end.workspace),
                "sequence": end.sequence,
                "hash": end.hash,
                "checkpoint": line,
            }
            for end, line in zip(ends, signed, strict=True)
        ],
    }
    return Export(chains, wanted.paginator, about)


def _record(wanted: EventFilter, by: Actor, form: str, count: int) -> None:
    filters = wanted.recorded_values
    named = {name: filters.pop(name) for name in PERSONAL & filters.keys()}
    sought = Person(
        kind=Person.Kind.SOUGHT.value,
        email=key_of(str(named.get("guest", ""))),
        ip_address=str(named.get("ip_address", "")),
    )
    event = record(
        EventType.EXPORTED,
        by=by,
        outcome=form,
        details={"rows": count, "filters": filters},
        others=[sought] if named else [],
    )
    checkpoints.create(event)


def json_lines(export: Export) -> Iterator[str]:
    """One canonical JSON object per line: each event with its people and salts, then a summary."""
    for event, found in export.values():
        yield line(entry(event, found))
    yield line({"export": export.about})


def entry(event: Any, found: Iterable[Any]) -> dict[str, Any]:
    """The object of one event, from its values and those of its people who have not been erased."""
    there = {
        one.position: {"salt": one.salt, **chain.as_json(Person.FIELDS, _person_values(one))} for one in found
    }
    people = [there.get(position) for position in range(len(event.people))]
    link = {"previous": event.previous, "hash": event.hash}
    return {"event": chain.as_json(chain.FIELDS, _event_values(event)), "people": people, **link}


def entries(events: QuerySet[Event]) -> list[dict[str, Any]]:
    """The objects of these events, which are read at once."""
    found = list(_values(events, EVENT, "id", "previous", "hash"))
    people = people_of(found, _values(Person.objects.all(), PERSON, "event", "position", "salt"))
    return [entry(event, people[event.id]) for event in found]


def line(value: dict[str, Any]) -> str:
    """A line of JSON."""
    return _encode(value) + "\n"


def _values(rows: QuerySet[Any], names: list[str], *more: str) -> Any:
    texts = {name: UUIDText(name.removesuffix(TEXT)) for name in names if name.endswith(TEXT)}
    return rows.annotate(**texts).values_list(*names, *more, named=True)


def csv_lines(export: Export, separator: csv.Separator) -> Iterator[str]:
    """The column names, the events, and a row that says that it is the last, and where the chains end.

    In English for everyone: what is compared with another export must be the same.
    """
    yield from each_in_english(csv.lines(_all_rows(export), separator))


def _all_rows(export: Export) -> Iterator[list[Any]]:
    yield from csv.with_end(_rows(export), _ends(export))


def _ends(export: Export) -> str:
    own = ". The log ended with event %(sequence)s, hash %(hash)s"
    portal = ". The portal's log ended with event %(sequence)s, hash %(hash)s"
    ends = [(end["workspace"] == str(PORTAL_WORKSPACE), end) for end in export.about["chains"]]
    return "".join((portal if is_portal else own) % end for is_portal, end in ends)


def _rows(export: Export) -> Iterator[list[Any]]:
    yield COLUMNS
    for row in export.rows():
        yield _cells(row)


def _cells(row: EventPresenter) -> list[Any]:
    body = {ATTRIBUTES.get(name, name): value for name, value in chain.body(row.event).items()}
    exchange = row.event.exchange or {}
    people = "; ".join(f"{person.name} <{person.email}>" for person in row.people)
    cells = {
        **body,
        "sentence": row.sentence,
        "people": people,
        **{name: exchange.get(name) for name in EXCHANGE},
    }
    cells |= {"details": json.dumps(body["details"], ensure_ascii=False) if body["details"] else ""}
    return [cells[name] for name in COLUMNS[:-1]] + [row.event.hash]
