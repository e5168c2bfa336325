"""Checkpoints: signed statements about the end of a chain, which a database administrator cannot forge.

Each is one line of text, separated by single spaces:

    audit-checkpoint-1 <workspace> <sequence> <hash> <time> <count> <public key> <signature>

The Ed25519 signature is over the UTF-8 bytes of everything before its space; key (32 bytes) and signature
(64 bytes) are in base64. `count` is the sequence again.

A *handover* is the last checkpoint of a key. It names the key that signs the chain from the next event on,
and both sign everything before the two signatures:

    audit-handover-1 <workspace> <sequence> <hash> <time> <count> <key> <next key> <signature> <its signature>
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain as joined
from uuid import UUID

from django.db.models import QuerySet

from invites.audit import delivery, keys
from invites.audit.models import Checkpoint, Event
from invites.audit.undecoded import undecoded_text
from portal import clock
from portal.actor import PORTAL_WORKSPACE

INTERVAL = 1000  # events between two checkpoints, at most
FORMAT = "audit-checkpoint-1"
HANDOVER = "audit-handover-1"


class InvalidCheckpoint(ValueError):
    """Raised for a line that is not a checkpoint."""


@dataclass(frozen=True)
class Statement:
    """A parsed checkpoint or handover; `is_valid` if the keys that it names signed it, whosever they are."""

    workspace: UUID
    sequence: int
    hash: str
    at: str
    count: int
    key: str
    successor: str  # the next key of a handover
    is_valid: bool
    line: str

    @property
    def signed(self) -> bool:
        """Whether it is signed with a key of AUDIT_KEY."""
        return self.is_valid and self.key in keys.own()

    def is_handover(self) -> bool:
        """Whether another key signs the chain after it."""
        return bool(self.successor)


@undecoded_text()
def public_key(workspace: UUID = PORTAL_WORKSPACE) -> str:
    """The public key that signs this chain now, which auditors should store from the start.

    A chain without any checkpoint has the key of the others. Where there is none at all, it is the last of
    AUDIT_KEY: a key before it signs from its handover on.
    """
    rows = Checkpoint.objects.order_by("-id")
    found = next((one for one in joined(_newest_first(workspace), _parsed(rows)) if one.signed), None)
    return _followed(found) if found else list(keys.own())[-1]


@undecoded_text()
def newest(workspace: UUID) -> Statement | None:
    """The chain's newest checkpoint that is what its key signed, whosever that is."""
    return next((one for one in _newest_first(workspace) if one.is_valid), None)


def _newest_first(workspace: UUID) -> Iterator[Statement]:
    return _parsed(Checkpoint.objects.filter(workspace=workspace).order_by("-sequence", "-id"))


def _parsed(rows: QuerySet[Checkpoint]) -> Iterator[Statement]:
    lines = rows.values_list("line", flat=True)
    return parsed(joined(lines[:1], lines[1:]))  # the first is mostly enough


def _followed(signed: Statement) -> str:
    """The key to which that of this checkpoint was handed over, or itself."""
    key = signed.key
    for one in parsed(handovers([signed.workspace])):
        key = one.successor if one.is_valid and one.key == key else key
    return key


def create(event: Event, *, at: datetime | None = None) -> str:
    """Sign the chain's end at this event, store the line, and have it delivered.

    `at` is the time at which the event was the end, now by default. Give the time before it was read: then
    every checkpoint that was signed before is at this event or an earlier one, or the chain was cut. Raises
    `KeyReplaced`.
    """
    line = sign(event.workspace, event.sequence, event.hash, at)
    store(event.workspace, event.sequence, line)
    return line


def store(workspace: UUID, sequence: int, line: str) -> None:
    """Store a line, and have it delivered."""
    delivery.enqueue(Checkpoint.objects.create(workspace=workspace, sequence=sequence, line=line))


def sign(workspace: UUID, sequence: int, hash: str, at: datetime | None = None) -> str:
    """A checkpoint line for a chain's end at this time, or now; raises `KeyReplaced`."""
    key = public_key(workspace)
    statement = f"{_beginning(FORMAT, workspace, sequence, hash, at)} {key}"
    return f"{statement} {keys.sign(key, statement)}"


def hand_over(workspace: UUID, sequence: int, hash: str, key: str, successor: str) -> str:
    """The line by which a key of AUDIT_KEY hands a chain over to another one of AUDIT_KEY."""
    statement = f"{_beginning(HANDOVER, workspace, sequence, hash)} {key} {successor}"
    return f"{statement} {keys.sign(key, statement)} {keys.sign(successor, statement)}"


def _beginning(form: str, workspace: UUID, sequence: int, hash: str, at: datetime | None = None) -> str:
    return f"{form} {workspace} {sequence} {hash} {at or clock.now():%Y-%m-%dT%H:%M:%S.%fZ} {sequence}"


def parse(line: str) -> Statement:
    """Parse a line; raises `InvalidCheckpoint`."""
    try:
        form, workspace, sequence, hash, at, count, *signers = line.strip().split(" ")
        names = len(signers) // 2  # a key and its signature, or two keys and theirs
        if (form, len(signers)) not in {(FORMAT, 2), (HANDOVER, 4)}:
            raise InvalidCheckpoint(line)
        statement = line.strip().rsplit(" ", names)[0]
        signed = zip(signers[:names], signers[names:], strict=True)
        is_valid = all(keys.is_signed(key, statement, signature) for key, signature in signed)
        named = signers[0], signers[1] if form == HANDOVER else ""
        return Statement(UUID(workspace), int(sequence), hash, at, int(count), *named, is_valid, line.strip())
    except (ValueError, TypeError, AttributeError) as problem:  # not a text: a tampered row
        raise InvalidCheckpoint(line) from problem


def parsed(lines: Iterable[str]) -> Iterator[Statement]:
    """Those lines that are checkpoints or handovers, whoever signed them."""
    for line in lines:
        try:
            yield parse(line)
        except InvalidCheckpoint:
            continue


def stored_lines(workspaces: Iterable[UUID]) -> list[str]:
    """All checkpoint lines of these chains, in order."""
    found = Checkpoint.objects.filter(workspace__in=workspaces).order_by("workspace", "sequence", "id")
    return list(found.values_list("line", flat=True))


def handovers(workspaces: Iterable[UUID]) -> list[str]:
    """Those of them that are handovers."""
    found = Checkpoint.objects.filter(workspace__in=workspaces, line__startswith=f"{HANDOVER} ")
    return list(found.order_by("workspace", "sequence", "id").values_list("line", flat=True))
