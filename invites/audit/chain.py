"""The chain: what is hashed, byte for byte, so that another program can check it.

Every workspace has one chain; events that belong to none form that of the workspace
`00000000-0000-0000-0000-000000000000`. Sequence numbers begin at 1 and have no gaps.

- **Body** of an event: a JSON object with exactly the keys of `FIELDS`.
- **Canonical JSON**: keys in ascending order of code points (nested objects too), no space between tokens,
  UTF-8, characters outside ASCII as they are; in strings only `"`, `\\` and U+0000 to U+001F are escaped,
  as `\\"`, `\\\\`, `\\b`, `\\f`, `\\n`, `\\r`, `\\t` and else `\\u00xx` in lower case. Strings are in Unicode
  normal form C. Numbers are whole and written in decimal; fractions do not occur. What is not known is
  `null` (ids) or `""` (text).
- **Time** is UTC with six digits of microseconds: `2026-11-23T01:08:32.000120Z`. Ids are lower-case UUIDs
  with hyphens.
- **Hash** = SHA-256(previous hash as 32 bytes ‖ canonical JSON of the body), written in 64 lower-case
  hexadecimal digits. Before the first event the previous hash is 32 zero bytes.
- **People**: `people` of the body is a list of digests, one for each person whose data stand beside the
  event: SHA-256(salt of 32 bytes ‖ canonical JSON of the object with the keys of `Person.FIELDS`).
  The person can be erased; the digest stays, and without the salt it tells nothing.
"""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from invites.audit.fields import canonical
from invites.audit.insert import insert, together
from invites.audit.models import Event, Person

GENESIS = "0" * 64
LAST = "SELECT sequence, hash FROM audit_event WHERE workspace = %s ORDER BY sequence DESC LIMIT 1"
NEXT_ID = {
    # The greater of both: rows may have been cut off, and what stands beside them is still there.
    "sqlite": """
        SELECT max(coalesce((SELECT max(id) FROM audit_event), 0),
                   coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'audit_event'), 0)) + 1
    """,
    "postgresql": "SELECT nextval(pg_get_serial_sequence('audit_event', 'id'))",
}
FIELDS = (
    "actor_email",
    "actor_id",
    "actor_name",
    "address",
    "agent",
    "at",
    "correlation",
    "details",
    "exchange",
    "invitation",
    "outcome",
    "people",
    "project_id",
    "project_name",
    "role_id",
    "role_name",
    "sequence",
    "task_id",
    "task_key",
    "task_name",
    "type",
    "workspace",
)


def link(previous: str, body: bytes) -> str:
    """The hash of an event, from the hash before it and its canonical body."""
    return sha256(bytes.fromhex(previous) + body).hexdigest()


def digest(person: Person) -> str:
    """What the chain holds of a person."""
    return sha256(bytes.fromhex(person.salt) + canonical(fields_of(person)).encode()).hexdigest()


def fields_of(person: Person) -> dict[str, Any]:
    """The part of a person that is digested, as JSON knows it."""
    return {name: _plain(getattr(person, name)) for name in Person.FIELDS}


def body(event: Event) -> dict[str, Any]:
    """The part of an event that is hashed, as JSON knows it."""
    return {name: _plain(getattr(event, name)) for name in FIELDS}


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    return value


def append(event: Event) -> None:
    """Give the event its place at the end of its workspace's chain and save it.

    Holds the chain until the transaction ends: call it as late as the transaction allows.
    """
    sequence, previous = _end(event.workspace)
    event.at = datetime.now(UTC)
    event.sequence, event.previous = sequence + 1, previous
    event.hash = link(previous, canonical(body(event)).encode())
    insert(event)


def next_id() -> int:
    """An id for an event that is about to be appended, so that what stands beside it can be written first."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT_ID[connection.vendor])
        return int(cursor.fetchone()[0])


def _end(workspace: UUID) -> tuple[int, str]:
    """Hold the chain, and read its last sequence and hash."""
    if connection.vendor == "postgresql":
        return _locked_end(workspace)
    # SQLite's transactions begin IMMEDIATE, and so write one at a time anyway.
    with connection.cursor() as cursor:
        cursor.execute(LAST, [workspace.hex])
        return cursor.fetchone() or (0, GENESIS)


def _locked_end(workspace: UUID) -> tuple[int, str]:
    key = int.from_bytes(sha256(b"audit" + workspace.bytes).digest()[:8], signed=True)
    if not any(hook is flush for _, hook, *_ in connection.run_on_commit):
        transaction.on_commit(flush)
    # Sent together: whoever holds the chain keeps all others waiting for each answer from the database.
    # Three statements, since the last has to see what was committed while the first waited.
    with together(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])
        cursor.execute("SET LOCAL synchronous_commit = off")  # see `flush`
        cursor.execute(LAST, [workspace])
        return cursor.fetchone() or (0, GENESIS)


def flush() -> None:
    """Return when everything committed so far is on the disk: a small commit that waits brings it there.

    So the disk is waited for after the chain is let go, together with the writers that come next. This runs
    before the transaction's block is left: whoever goes on, to call awork, can rely on what was written.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_logical_emit_message(true, 'audit', '')")
