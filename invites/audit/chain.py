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

from django.db import connection

from invites.audit.fields import canonical
from invites.audit.models import Event, Person

GENESIS = "0" * 64
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
    lock(event.workspace)
    last = Event.objects.filter(workspace=event.workspace).order_by("-sequence")
    sequence, previous = last.values_list("sequence", "hash").first() or (0, GENESIS)
    event.at = datetime.now(UTC)
    event.sequence, event.previous = sequence + 1, previous
    event.hash = link(previous, canonical(body(event)).encode())
    event.save(force_insert=True)


def lock(workspace: UUID) -> None:
    """One writer a chain. SQLite's transactions begin IMMEDIATE and so write one at a time anyway."""
    if connection.vendor == "postgresql":
        key = int.from_bytes(sha256(b"audit" + workspace.bytes).digest()[:8], signed=True)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])
