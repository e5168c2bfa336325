"""The hash chain: what is hashed, byte for byte, so that other programs can verify it.

Every workspace has one chain; events that belong to no workspace are in the chain of workspace
`00000000-0000-0000-0000-000000000000`. Sequence numbers begin at 1. They have no gaps,
but before an event of type `restored` whose details give the gap: from `last_after` + 1 to `last_before`.

- **Body** of an event: a JSON object with exactly the keys of `FIELDS`.
- **Canonical JSON**: keys in ascending order of code points (nested objects too), no space between tokens,
  UTF-8, characters outside ASCII unescaped; in strings only `"`, `\\` and U+0000 to U+001F are escaped,
  as `\\"`, `\\\\`, `\\b`, `\\f`, `\\n`, `\\r`, `\\t` and else `\\u00xx` in lower case. Strings are in Unicode
  normal form C. Numbers are decimal integers; fractions do not occur. An unknown value is
  `null` (ids) or `""` (text).
- **Time** is UTC with six digits of microseconds: `2026-11-23T01:08:32.000120Z`. Ids are lower-case UUIDs
  with hyphens.
- **Hash** = SHA-256(previous hash as 32 bytes ‖ canonical JSON of the body), written in 64 lower-case
  hexadecimal digits. Before the first event the previous hash is 32 zero bytes.
- **People**: `people` of the body is a list of digests, one for each person stored with the event:
  SHA-256(salt of 32 bytes ‖ canonical JSON of the object with the keys of `Person.FIELDS`).
  Erasing deletes the person's row and salt; the digest stays, and reveals nothing without the salt.
"""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from hashlib import sha256
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from invites.audit.fields import canonical
from invites.audit.models import Event, Person
from invites.audit.undecoded import undecoded_text
from portal import clock

# Keys of the chain that are called otherwise in the models: a key never changes, since it is hashed.
ATTRIBUTES = {"address": "ip_address", "agent": "user_agent", "correlation": "request_id"}
GENESIS = "0" * 64
HASH = re.compile("[0-9a-f]{64}")
LOCK = "SELECT pg_advisory_xact_lock(%s), set_config('synchronous_commit', 'off', true)"  # see `flush`
MAX_SEQUENCE = 2**63 - 1
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

FORMS: dict[type, Callable[[Any], str]] = {
    UUID: str,
    datetime: lambda at: at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z",
}
_event_values = attrgetter(*(ATTRIBUTES.get(name, name) for name in FIELDS))
_person_values = attrgetter(*(ATTRIBUTES.get(name, name) for name in Person.FIELDS))


def link(previous: str, body: bytes) -> str:
    """The hash of an event, from the previous hash and its canonical body."""
    return sha256(bytes.fromhex(previous) + body).hexdigest()


def event_hash(event: Event) -> str:
    """The hash that an event with these values should have."""
    return link(event.previous, canonical(body(event)).encode())


def digest(person: Person) -> str:
    """The digest of a person that the event's `people` holds."""
    return sha256(bytes.fromhex(person.salt) + canonical(fields_of(person)).encode()).hexdigest()


def fields_of(person: Person) -> dict[str, Any]:
    """The digested part of a person, as JSON values."""
    return as_json(Person.FIELDS, _person_values(person))


def body(event: Event) -> dict[str, Any]:
    """The hashed part of an event, as JSON values."""
    return as_json(FIELDS, _event_values(event))


def as_json(keys: Iterable[str], values: Iterable[Any]) -> dict[str, Any]:
    """These values of a row in the form of the chain, by its keys."""
    return {
        key: form(value) if (form := FORMS.get(type(value))) else value
        for key, value in zip(keys, values, strict=True)
    }


@undecoded_text()
def last(workspace: UUID) -> Event | None:
    """The last event of a chain, with workspace, sequence and hash only.

    Events whose number was replaced by another value do not count, and a hash that was replaced counts as
    `GENESIS`, so that a tampered chain goes on and a verification of it can be recorded.
    """
    # SQLite sorts text after all numbers. After the largest number there would be none for the next event.
    events = Event.objects.filter(workspace=workspace, sequence__gte=1, sequence__lt=MAX_SEQUENCE)
    end = events.only("workspace", "sequence", "hash").order_by("-sequence").first()
    if end:
        end.sequence = int(end.sequence)
        end.hash = end.hash if HASH.fullmatch(str(end.hash)) else GENESIS
    return end


def append(event: Event, numbered_after: int = 0) -> None:
    """Save an event as the last of its workspace's chain, with a higher number than `numbered_after`.

    Locks the chain until the transaction ends: call it as late as possible.
    """
    lock(event.workspace)
    end = last(event.workspace)
    event.at = clock.now()
    event.sequence = max(end.sequence if end else 0, numbered_after) + 1
    event.previous = end.hash if end else GENESIS
    event.hash = event_hash(event)
    event.save(force_insert=True)


def lock(workspace: UUID) -> None:
    """Wait for other writers of this chain, and let them wait until the transaction ends.

    On SQLite, transactions begin IMMEDIATE and so exclude each other.
    """
    if connection.vendor != "postgresql":
        return
    key = int.from_bytes(sha256(b"audit" + workspace.bytes).digest()[:8], signed=True)
    if not any(hook is flush for _, hook, *_ in connection.run_on_commit):
        transaction.on_commit(flush)
    with connection.cursor() as cursor:
        # Not one statement with reading the end, which has to see what was committed during the wait.
        cursor.execute(LOCK, [key])


def flush() -> None:
    """Return when everything committed so far is on disk, by a small commit that waits for it.

    With `synchronous_commit` off, writers release the chain before the disk is done and wait for it together.
    This runs before the caller leaves its transaction block: whatever follows can rely on the events.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_logical_emit_message(true, 'audit', '')")
