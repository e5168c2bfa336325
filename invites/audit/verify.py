"""Is the log whole? Walks a chain as a stream and holds it against every checkpoint."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from invites.audit import checkpoints, rows
from invites.audit.catalogue import EventType
from invites.audit.chain import GENESIS, link
from invites.audit.checkpoints import INTERVAL, InvalidCheckpoint, Statement
from invites.audit.models import Checkpoint, Event

STEP = 10_000  # events between two reports of progress
TELLING = {EventType.ERASED.value, EventType.EXPORTED.value, EventType.VERIFIED.value}  # of other rows
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Problem:
    """The first event that is not as it was written, and what is wrong with it."""

    sequence: int
    what: str


@dataclass(frozen=True)
class Result:
    """What walking one chain has shown."""

    workspace: UUID
    count: int
    checkpoints: int
    problem: Problem | None = None


class Broken(Exception):
    """Found a problem: the walk ends here."""

    def __init__(self, sequence: int, what: str) -> None:
        super().__init__(what)
        self.problem = Problem(sequence, what)


def workspaces() -> list[UUID]:
    """Every chain that there is or was, as far as the database tells."""
    found: set[UUID] = set(Checkpoint.objects.values_list("workspace", flat=True).distinct())
    last = UUID(int=0)
    chains = Event.objects.order_by("workspace").values_list("workspace", flat=True)
    one = chains.first()
    while one is not None:
        found.add(one)
        last = one
        one = chains.filter(workspace__gt=last).first()
    return sorted(found)


def verify(workspace: UUID, kept: list[Statement], progress: Progress | None = None) -> Result:
    """Walk one chain; `kept` are checkpoints that somebody stored outside."""
    walk = Walk(workspace, kept, progress or (lambda done, total: None))
    try:
        walk.events()
        walk.end()
    except Broken as broken:
        return Result(workspace, walk.sequence, len(walk.statements), broken.problem)
    return Result(workspace, walk.sequence, len(walk.statements))


class Walk:
    """One pass over one chain."""

    def __init__(self, workspace: UUID, kept: list[Statement], progress: Progress) -> None:
        self.workspace, self.progress = workspace, progress
        # Read first: what is appended while we walk has people and checkpoints that we may not see.
        self.total = self._last()
        self.sequence, self.hash = 0, GENESIS
        self.gone: dict[tuple[int, int], int] = {}
        self.statements = [one for one in kept if one.workspace == workspace]
        self.bad_lines: list[int] = []
        self.due: list[int] = []
        self._own_checkpoints()
        self.said: dict[int, set[str]] = {}
        for one in self.statements:
            self.said.setdefault(one.sequence, set()).add(one.hash)

    def _own_checkpoints(self) -> None:
        own = Checkpoint.objects.filter(workspace=self.workspace).order_by("sequence", "id")
        for sequence, line in own.values_list("sequence", "line"):
            try:
                statement = checkpoints.parse(line)
            except InvalidCheckpoint:
                self.bad_lines.append(sequence)
                continue
            if (statement.workspace, statement.sequence) != (self.workspace, sequence):
                self.bad_lines.append(sequence)
            self.statements.append(statement)

    def events(self) -> None:
        """Check each event, its people, and the checkpoints at its place."""
        people = People(self.workspace)
        for id, sequence, previous, hash, body, type, named, details in rows.events(self.workspace):
            self._link(sequence, previous, hash, body)
            there = people.of(id)
            if named != _all_of(there) and sequence <= self.total:
                self._people(sequence, json.loads(named), there)
            if type in TELLING:
                self._told(sequence, type, json.loads(details))
            if not sequence % STEP:
                self.progress(sequence, self.total)

    def _link(self, sequence: int, previous: str, hash: str, body: bytes) -> None:
        if sequence != self.sequence + 1:
            self._out_of_order(sequence)
        if previous != self.hash:
            raise Broken(sequence, "it does not follow the event before it")
        if hash != link(previous, body):
            raise Broken(sequence, "it was changed after it was written")
        if sequence in self.said and self.said[sequence] != {hash}:
            raise Broken(sequence, "a checkpoint gives it another hash: the chain was written anew")
        self.sequence, self.hash = sequence, hash

    def _last(self) -> int:
        last = Event.objects.filter(workspace=self.workspace).order_by("-sequence")
        return last.values_list("sequence", flat=True).first() or 0

    def _out_of_order(self, sequence: int) -> None:
        if sequence <= self.sequence:
            raise Broken(sequence, "its number stands twice")
        raise Broken(self.sequence + 1, "it is missing")

    def _people(self, sequence: int, digests: list[str], there: dict[int, str]) -> None:
        for position, digest in enumerate(digests):
            if position not in there:
                self.gone[sequence, position] = sequence
            elif there[position] != digest:
                raise Broken(sequence, "the personal data beside it were changed")
        if any(position >= len(digests) for position in there):
            raise Broken(sequence, "personal data beside it were added")

    def _told(self, sequence: int, type: str, details: dict[str, Any]) -> None:
        for place, position in details.get("erased", []):
            self.gone.pop((place, position), None)
        signs = type == EventType.EXPORTED or (type == EventType.VERIFIED and "problem" not in details)
        if signs and sequence <= self.total:
            self.due.append(sequence)

    def end(self) -> None:
        """What can only be said once the last event has been seen."""
        if self.gone:
            raise Broken(min(self.gone.values()), "personal data beside it are gone, and no erasure says so")
        self._tail()
        self._signatures()
        missing = {*self.due, *range(INTERVAL, self.total + 1, INTERVAL)} - self.said.keys()
        if missing:
            raise Broken(min(missing), "the checkpoint that was made at it is missing")

    def _tail(self) -> None:
        if any(one.sequence > self.sequence for one in self.statements):
            raise Broken(self.sequence + 1, "it is missing: a checkpoint covers it, so the tail was cut")

    def _signatures(self) -> None:
        unsigned = [one.sequence for one in self.statements if not one.signed or one.count != one.sequence]
        if self.bad_lines or unsigned:
            raise Broken(min(self.bad_lines + unsigned), "a checkpoint at it is not signed with AUDIT_KEY")


def _all_of(there: dict[int, str]) -> str:
    """What an event says of its people where none of them is gone: most need no closer look."""
    if there and max(there) != len(there) - 1:
        return ""
    return '["' + '","'.join(there.values()) + '"]' if there else "[]"


class People:
    """The personal data beside the events of one chain, read in step with them."""

    def __init__(self, workspace: UUID) -> None:
        self.stream = rows.people(workspace)
        self.next = next(self.stream, None)

    def of(self, event: int) -> dict[int, str]:
        """The digests of those who are still there, by position."""
        found: dict[int, str] = {}
        # Both come in the order of the chain; ids do not, where several write at once.
        while self.next and self.next[0] == event:
            found[self.next[1]] = self.next[2]
            self.next = next(self.stream, None)
        return found
