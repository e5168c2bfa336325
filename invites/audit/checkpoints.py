"""Checkpoints: signed statements about the end of a chain, which a database administrator cannot forge.

Each is one line of text, separated by single spaces:

    audit-checkpoint-1 <workspace> <sequence> <hash> <time> <count> <public key> <signature>

The Ed25519 signature is over the UTF-8 bytes of everything before its space; key (32 bytes) and signature
(64 bytes) are in base64. `count` is the sequence again.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

from invites.audit import delivery
from invites.audit.models import Checkpoint, Event
from portal import clock

INTERVAL = 1000  # events between two checkpoints, at most
FORMAT = "audit-checkpoint-1"


class InvalidCheckpoint(ValueError):
    """Raised for a line that is not a checkpoint."""


@dataclass(frozen=True)
class Statement:
    """A parsed checkpoint, and whether it is signed with this portal's key."""

    workspace: UUID
    sequence: int
    hash: str
    at: str
    count: int
    signed: bool


def _key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(settings.AUDIT_KEY)


def public_key() -> str:
    """The public key of AUDIT_KEY in base64, which auditors should store from the start."""
    return b64encode(_key().public_key().public_bytes_raw()).decode()


def create(event: Event, *, at: datetime | None = None, publishing: bool = True) -> str:
    """Sign the chain's end at this event, store the line, and publish it on commit.

    `at` is the time at which the event was the end, now by default. Give the time before it was read: then
    every checkpoint that was signed before is at this event or an earlier one, or the chain was cut.
    """
    line = sign(event.workspace, event.sequence, event.hash, at)
    Checkpoint.objects.create(workspace=event.workspace, sequence=event.sequence, line=line)
    if publishing:
        delivery.publish_on_commit(line)
    return line


def sign(workspace: UUID, sequence: int, hash: str, at: datetime | None = None) -> str:
    """A checkpoint line for a chain's end at this time, or now, signed with AUDIT_KEY."""
    time = f"{at or clock.now():%Y-%m-%dT%H:%M:%S.%fZ}"
    statement = f"{FORMAT} {workspace} {sequence} {hash} {time} {sequence} {public_key()}"
    return f"{statement} {b64encode(_key().sign(statement.encode())).decode()}"


def parse(line: str) -> Statement:
    """Parse a line; raises `InvalidCheckpoint`."""
    try:
        statement, signature = line.strip().rsplit(" ", 1)
        form, workspace, sequence, hash, at, count, key = statement.split(" ")
        if form != FORMAT:
            raise InvalidCheckpoint(line)
        signed = key == public_key() and _signs(key, statement, signature)
        return Statement(UUID(workspace), int(sequence), hash, at, int(count), signed)
    except (ValueError, TypeError, AttributeError) as problem:  # not a text: a tampered row
        raise InvalidCheckpoint(line) from problem


def _signs(key: str, statement: str, signature: str) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(b64decode(key)).verify(b64decode(signature), statement.encode())
    except InvalidSignature:
        return False
    return True


def stored_lines(workspaces: Iterable[UUID]) -> list[str]:
    """All checkpoint lines of these chains, in order."""
    found = Checkpoint.objects.filter(workspace__in=workspaces).order_by("workspace", "sequence", "id")
    return list(found.values_list("line", flat=True))


def signed(lines: Iterable[str]) -> Iterator[Statement]:
    """Those lines that are checkpoints signed with this portal's key."""
    for line in lines:
        with suppress(InvalidCheckpoint):
            statement = parse(line)
            if statement.signed:
                yield statement
