"""The rows of the log as they are hashed, past the models: fast enough for a million of them.

What `chain.canonical` makes of an event is put together here from what the database keeps, field by field;
a test holds the two against each other.
"""

from collections.abc import Callable, Iterator
from hashlib import sha256
from json.encoder import encode_basestring as quoted
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import UUIDField

from invites.audit.chain import FIELDS
from invites.audit.models import Person

CHUNK = 200  # what the processor's cache holds is the quickest
IDS = {"actor_id", "awork_id", "correlation", "invitation", "project_id", "role_id", "task_id", "workspace"}
# The same values again and again: what was written for one is looked up.
FREQUENT = {
    *("actor_id", "project_id", "role_id", "task_id", "workspace"),
    *("actor_email", "actor_name", "agent", "outcome", "project_name", "role_name", "type"),
    *("gender", "kind"),
}
JSON = {"details", "exchange", "people"}
UTC_TEXT = "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
EVENTS = """
SELECT id, sequence, previous, hash, type, people, details, {}
FROM audit_event WHERE workspace = %s ORDER BY sequence, id
"""
PEOPLE = """
SELECT p.event, p.position, p.salt, {} FROM audit_person p JOIN audit_event e ON e.id = p.event
WHERE e.workspace = %s ORDER BY e.sequence, e.id, p.position
"""
Writer = Callable[[Any], str]


def events(workspace: UUID) -> Iterator[tuple[int, int, str, str, bytes, str, str, str]]:
    """All events of a chain, in its order.

    Each as id, sequence, previous hash, hash, canonical body (empty where the row is beyond reading), and
    type, people and details as they are stored.
    """
    form, writers = _form(FIELDS)
    for id, sequence, previous, hash, type, people, details, *values in _stream(EVENTS, FIELDS, workspace):
        yield id, sequence, previous, hash, _written(form, writers, values), type, people, details


def people(workspace: UUID) -> Iterator[tuple[int, int, str]]:
    """Event, position and digest of everybody who stands beside the events of a chain, in its order."""
    form, writers = _form(Person.FIELDS)
    for event, position, salt, *values in _stream(PEOPLE, Person.FIELDS, workspace, "p."):
        yield event, position, _digest(salt, _written(form, writers, values))


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
    return f"{column}::text" if name in IDS else column


def _form(fields: tuple[str, ...]) -> tuple[str, list[Writer]]:
    """An object with a place for each value, and what writes each value there."""
    form = ",".join(f'"{name}":%s' for name in sorted(fields))
    return f"{{{form}}}", [_writer(name) for name in sorted(fields)]


def _writer(name: str) -> Writer:
    write = _plain_writer(name)
    return Known(write).__getitem__ if name in FREQUENT else write


def _plain_writer(name: str) -> Writer:
    sqlite = connection.vendor == "sqlite"
    if name in IDS:
        return _bare_id if sqlite else _id
    if name in JSON:
        return _json
    if name == "at" and sqlite:
        return _time
    return str if name == "sequence" else quoted


class Known(dict[Any, str]):
    """What was written for a value before."""

    def __init__(self, write: Writer) -> None:
        super().__init__()
        self.write = write

    def __missing__(self, value: Any) -> str:
        written = self[value] = self.write(value)
        return written


def _written(form: str, writers: list[Writer], values: list[Any]) -> bytes:
    try:
        return (form % tuple([write(value) for write, value in zip(writers, values, strict=True)])).encode()
    except (ValueError, TypeError):
        return b""


def _digest(salt: str, written: bytes) -> str:
    """Empty where the salt is beyond reading."""
    try:
        return sha256(bytes.fromhex(salt) + written).hexdigest()
    except (ValueError, TypeError):
        return ""


def _id(one: str | None) -> str:
    return "null" if one is None else f'"{one}"'


def _bare_id(one: str | None) -> str:
    """SQLite keeps ids without hyphens."""
    return "null" if one is None else f'"{one[:8]}-{one[8:12]}-{one[12:16]}-{one[16:20]}-{one[20:]}"'


def _time(at: str) -> str:
    """SQLite keeps a time in UTC, and no fraction where it is zero; its order hangs on the blank between."""
    day, _, clock = at.partition(" ")
    return f'"{day}T{clock}Z"' if len(at) > 19 else f'"{day}T{clock}.000000Z"'


def _json(text: str | None) -> str:
    """It is stored in the canonical form; what is not was tampered with, and so is the hash of it."""
    return "null" if text is None else text
