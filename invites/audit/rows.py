"""The rows of the log as plain text, past the models: fast enough to hash a million of them."""

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import UUIDField

from invites.audit.chain import FIELDS, canonical
from invites.audit.models import Person

CHUNK = 2000
IDS = {"actor_id", "awork_id", "correlation", "invitation", "project_id", "role_id", "task_id", "workspace"}
JSON = {"details", "exchange", "people"}
UTC_TEXT = "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
EMPTY: dict[str | None, Any] = {"{}": {}, "[]": [], None: None}
EVENTS = "SELECT id, previous, hash, {} FROM audit_event WHERE workspace = %s ORDER BY sequence, id"
PEOPLE = """
SELECT p.event, p.position, p.salt, {} FROM audit_person p JOIN audit_event e ON e.id = p.event
WHERE e.workspace = %s ORDER BY e.sequence, e.id, p.position
"""


class Row(NamedTuple):
    """An event as it stands in the table; `body` is empty where the row cannot even be written as JSON."""

    id: int
    sequence: int
    previous: str
    hash: str
    body: bytes
    type: str
    people: list[str]
    details: dict[str, Any]


def events(workspace: UUID) -> Iterator[Row]:
    """All events of a chain, in its order."""
    for id, previous, hash, *values in _stream(EVENTS, FIELDS, workspace):
        fields = dict(zip(FIELDS, values, strict=True))
        body = _written(fields)
        people, details = fields["people"], fields["details"]
        yield Row(id, fields["sequence"], previous, hash, body, fields["type"], people, details)


def people(workspace: UUID) -> Iterator[tuple[int, int, str]]:
    """Event, position and digest of everybody who stands beside the events of a chain, in its order."""
    for event, position, salt, *values in _stream(PEOPLE, Person.FIELDS, workspace, "p."):
        written = _written(dict(zip(Person.FIELDS, values, strict=True)))
        yield event, position, sha256(bytes.fromhex(salt) + written).hexdigest()


def _stream(query: str, fields: tuple[str, ...], workspace: UUID, table: str = "") -> Iterator[Any]:
    columns = ", ".join(_column(name, f"{table}{name}") for name in fields)
    with connection.chunked_cursor() as cursor:
        cursor.execute(query.format(columns), [UUIDField().get_db_prep_value(workspace, connection)])
        while chunk := cursor.fetchmany(CHUNK):
            yield from chunk


def _column(name: str, column: str) -> str:
    if connection.vendor == "sqlite":
        # An expression has no declared type, so that the driver hands over the text as it is stored.
        return f"{column} || ''" if name == "at" else column
    if name == "at":
        return UTC_TEXT.format(column)
    return f"{column}::text" if name in IDS | JSON else column


def _written(fields: dict[str, Any]) -> bytes:
    """The canonical JSON of raw fields, which are changed to what it says."""
    try:
        for name in JSON & fields.keys():
            text = fields[name]
            fields[name] = EMPTY[text] if text in EMPTY else json.loads(text)
        if connection.vendor == "sqlite":
            _plain(fields)
        return canonical(fields)
    except (ValueError, TypeError):
        return b""


def _plain(fields: dict[str, Any]) -> None:
    """SQLite keeps ids without hyphens, and a time without what is zero of it."""
    for name in IDS & fields.keys():
        if one := fields[name]:
            fields[name] = f"{one[:8]}-{one[8:12]}-{one[12:16]}-{one[16:20]}-{one[20:]}"
    if at := fields.get("at"):
        fields["at"] = f"{at[:10]}T{at[11:]}Z" if len(at) > 19 else f"{at[:10]}T{at[11:]}.000000Z"
