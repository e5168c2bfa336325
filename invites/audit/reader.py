"""Reads a chain for verification: every event with its people, in order.

The database may have been tampered with, so any value can be missing, malformed, of another type, or
stored in another form than Django's.
"""

from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import DataError, connection
from django.db.models import DateTimeField, Model, QuerySet, TextField, UUIDField, Value
from django.db.models.functions import Cast, Concat

from invites.audit.fields import CanonicalField, canonical
from invites.audit.models import Event, Person, people_of

CHUNK = 500  # events read at once
# How SQLite holds values that have no column type of their own there.
FORMS: dict[type, Callable[[Any], str]] = {
    CanonicalField: canonical,
    UUIDField: attrgetter("hex"),
    DateTimeField: lambda at: str(at.replace(tzinfo=None)),
}
# What reading a malformed row can raise.
UNREADABLE = (ValueError, TypeError, AttributeError, OverflowError, RecursionError, DataError)


class UnreadablePeople(ValueError):
    """The event can be read, but not its people."""


def events(workspace: UUID) -> Iterator[tuple[Event, list[Person]]]:
    """All events of a chain with their people, including events appended during the walk.

    Raises one of `UNREADABLE` at the first event that cannot be read.
    """
    size, last = CHUNK, None
    while True:
        try:
            found = _read(workspace, last, size)
        except UNREADABLE:
            if size == 1:
                raise
            size = 1  # go on to the very event
            continue
        if not found:
            return
        yield from found
        last = found[-1][0]


def has_unnumbered(workspace: UUID) -> bool:
    """Whether the number of an event was removed; `events` leaves it out, as it has no place in the order."""
    return Event.objects.filter(workspace=workspace, sequence__isnull=True).exists()


def _read(workspace: UUID, last: Event | None, size: int) -> list[tuple[Event, list[Person]]]:
    events = _with_stored_forms(Event.objects.filter(workspace=workspace, sequence__isnull=False))
    if last:
        events = events.filter(sequence__gte=last.sequence).exclude(sequence=last.sequence, id__lte=last.id)
    found = list(events.order_by("sequence", "id")[:size])
    _check_forms(Event, found)
    people = _people(found)
    return [(event, people[event.id]) for event in found]


def _people(events: list[Event]) -> dict[int, list[Person]]:
    try:
        people = people_of(events, _with_stored_forms(Person.objects.all()))
        _check_forms(Person, (person for found in people.values() for person in found))
    except UNREADABLE as problem:
        raise UnreadablePeople from problem
    return people


def _formed(model: type[Model]) -> list[tuple[str, Any]]:
    """The fields whose value does not tell how it is stored, as JSON with other spaces reads the same."""
    kinds: set[type] = set(FORMS) if connection.vendor == "sqlite" else {CanonicalField}
    fields = model._meta.concrete_fields
    return [(field.name, FORMS[type(field)]) for field in fields if type(field) in kinds]


def _with_stored_forms(rows: QuerySet[Any]) -> Any:
    columns = [Cast(name, TextField()) for name, _ in _formed(rows.model)]
    empty = Value("", TextField())  # the least that Concat takes is two
    return rows.annotate(stored=Concat(*columns, empty, empty))


def _check_forms(model: type[Model], rows: Iterable[Any]) -> None:
    formed = _formed(model)
    for row in rows:
        values = [(getattr(row, name), form) for name, form in formed]
        if row.stored != "".join([form(value) for value, form in values if value is not None]):
            raise ValueError("not stored as it was written")
