"""Verifies a chain: reads it as a stream and compares it with every checkpoint."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Case, CharField, Q, When
from django.db.models.functions import Cast
from django.utils.translation import gettext_noop as _

from invites.audit import chain, checkpoints, keys, reader
from invites.audit.catalogue import EventType
from invites.audit.chain import GENESIS
from invites.audit.checkpoints import INTERVAL, InvalidCheckpoint, Statement
from invites.audit.keyring import Keyring
from invites.audit.models import Checkpoint, Event, Person
from invites.audit.reader import UNREADABLE, UnreadablePeople
from invites.audit.record import record
from invites.audit.undecoded import undecoded_text
from portal.actor import Actor

STEP = 10_000  # events between two reports of progress
CHANGED = _("it was changed after it was recorded")
PEOPLE_CHANGED = _("its personal data was changed")
UNNUMBERED = _("an event without a valid number is in its place")
INVALID_CHECKPOINT = _("its checkpoint was changed, or is not signed with AUDIT_KEY")
INVALID_HANDOVER = _(
    "it replaces the key of AUDIT_KEY, and the old and the new key have not both signed that"
)
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Problem:
    """The first event that is not as it was recorded, and what is wrong with it."""

    sequence: int
    what: str


@dataclass(frozen=True)
class Result:
    """The outcome of verifying one chain."""

    workspace: UUID
    last: int  # the number of the last event that was verified
    events: int  # how many were read, with how many people
    people: int
    checkpoints: int
    lost: tuple[range, ...] = ()  # the numbers of events that restores have lost, as events say
    problem: Problem | None = None


class Broken(Exception):
    """Ends the verification at the first problem."""

    def __init__(self, sequence: int, what: str) -> None:
        super().__init__(what)
        self.problem = Problem(sequence, what)


@undecoded_text()
def workspaces() -> list[UUID]:
    """Every chain that has events or checkpoints; unreadable ids are skipped."""
    found: set[UUID] = set()
    for model in (Event, Checkpoint):
        ids = model._default_manager.values_list(Cast("workspace", CharField()), flat=True).order_by()
        found.update(_readable(ids.distinct()))
    return sorted(found)


def _readable(ids: Iterable[Any]) -> Iterator[UUID]:
    for one in ids:
        try:
            yield UUID(one)
        except (ValueError, TypeError, AttributeError):
            continue


@undecoded_text()
def verify(workspace: UUID, kept: list[Statement], progress: Progress | None = None) -> Result:
    """Verify one chain, also against checkpoints stored outside the database (`kept`); writes nothing.

    Raises database errors, and `KeyReplaced` where AUDIT_KEY is outdated. What cannot be read is a problem of
    the chain.
    """
    keys.require(checkpoints.public_key(workspace))
    walk = Walk(workspace, kept, progress or (lambda done, total: None))
    try:
        walk.events()
        walk.end()
    except Broken as broken:
        return walk.result(broken.problem)
    return walk.result()


@transaction.atomic
def record_verification(result: Result, *, by: Actor) -> None:
    """Record the result in the chain, and sign the end of an intact one."""
    problem = result.problem
    event = record(
        EventType.VERIFIED,
        by=by,
        outcome="broken" if problem else "whole",
        details={
            "events": result.last,
            "checkpoints": result.checkpoints,
            **({"sequence": problem.sequence, "problem": problem.what} if problem else {}),
        },
    )
    if not problem:
        checkpoints.create(event)


def lost_before(event: Event) -> range:
    """The numbers of the events that a restore has lost, as its event says; see `restored`."""
    if event.type != EventType.RESTORED:
        return range(0)
    before, after = event.details.get("last_before"), event.details.get("last_after")
    return range(after + 1, before + 1) if type(before) is type(after) is int else range(0)


class Walk:
    """One pass over one chain."""

    def __init__(self, workspace: UUID, kept: list[Statement], progress: Progress) -> None:
        self.workspace, self.progress = workspace, progress
        # Read before the checkpoints: those made later belong to events after this one.
        last = chain.last(workspace)
        self.total = last.sequence if last else 0
        self.sequence, self.hash = 0, GENESIS
        self.event_count = self.people_count = 0
        self.missing_people: dict[tuple[int, int], int] = {}
        self.due: list[int] = []
        self.lost: list[range] = []
        self.statements = [one for one in kept if one.workspace == workspace]
        self.bad_lines: list[int] = []
        self.handovers: dict[int, Statement] = {}  # by the numbers of the events that record them
        self._load_checkpoints()
        self.signed_hashes: dict[int, set[str]] = {}
        for one in self.statements:
            self.signed_hashes.setdefault(one.sequence, set()).add(one.hash)

    def result(self, problem: Problem | None = None) -> Result:
        """What was verified until now."""
        counts = (self.event_count, self.people_count, len(self.statements))
        return Result(self.workspace, self.sequence, *counts, tuple(self.lost), problem)

    def _load_checkpoints(self) -> None:
        """The checkpoints that are stored for this chain, or whose line is about it."""
        here = Q(workspace=self.workspace)
        rows = Checkpoint.objects.filter(here | Q(line__contains=str(self.workspace))).order_by("id")
        is_here = Case(When(here, then=True), default=False)
        for stored, sequence, line in rows.values_list(is_here, "sequence", "line"):
            try:
                statement = checkpoints.parse(line)
            except InvalidCheckpoint:
                self.bad_lines.append(sequence if isinstance(sequence, int) else 1)
                continue
            self.statements.append(statement)
            if (stored, statement.workspace, statement.sequence) != (True, self.workspace, sequence):
                self.bad_lines.append(statement.sequence)

    def events(self) -> None:
        """Check each event, its people, and the checkpoints at it."""
        try:
            for event, people in reader.events(self.workspace):
                self._check(event, people)
            if reader.has_unnumbered(self.workspace):
                raise Broken(self.sequence + 1, UNNUMBERED)
        except UnreadablePeople:
            raise Broken(self.sequence + 1, PEOPLE_CHANGED) from None
        except UNREADABLE:
            raise Broken(self.sequence + 1, CHANGED) from None

    def _check(self, event: Event, people: list[Person]) -> None:
        self._check_link(event)
        self._check_people(event, people)
        self._note_effects(event)
        self.sequence, self.hash = event.sequence, event.hash
        self.event_count += 1
        self.people_count += len(people)
        if not event.sequence % STEP:
            self.progress(event.sequence, self.total)

    def _check_link(self, event: Event) -> None:
        sequence = event.sequence
        if sequence != self.sequence + 1:
            lost = lost_before(event)
            if not lost or (lost.start, lost.stop) != (self.sequence + 1, sequence):
                self._out_of_order(sequence)
            self.lost.append(lost)
        if event.previous != self.hash:
            raise Broken(sequence, _("it does not contain the hash of the previous event"))
        if event.hash != chain.event_hash(event):
            raise Broken(sequence, CHANGED)
        if self.signed_hashes.get(sequence, {event.hash}) != {event.hash}:
            raise Broken(sequence, _("a checkpoint has a different hash for it: the chain was rewritten"))

    def _out_of_order(self, sequence: int) -> None:
        if not isinstance(sequence, int):
            raise Broken(self.sequence + 1, UNNUMBERED)
        if sequence < 1:
            raise Broken(sequence, _("events are numbered from 1"))
        if sequence <= self.sequence:
            raise Broken(sequence, _("there are several events with this number"))
        raise Broken(self.sequence + 1, _("it is missing"))

    def _check_people(self, event: Event, people: list[Person]) -> None:
        try:
            found = {person.position: chain.digest(person) for person in people}
            added = any(position >= len(event.people) for position in found)
        except UNREADABLE:
            raise UnreadablePeople from None
        for position, digest in enumerate(event.people):
            if position not in found:
                self.missing_people[event.sequence, position] = event.sequence
            elif found[position] != digest:
                raise Broken(event.sequence, PEOPLE_CHANGED)
        if added:
            raise Broken(event.sequence, _("personal data was added to it"))

    def _note_effects(self, event: Event) -> None:
        """Note what an event erased, the handover that it records, and the checkpoint that was made at it."""
        if event.type == EventType.ERASED:
            for sequence, position in event.details.get("erased", []):
                self.missing_people.pop((sequence, position), None)
        if event.type == EventType.KEY_ROTATED:
            self._note_handover(event)
        signs = (
            not event.sequence % INTERVAL
            or event.type in {EventType.EXPORTED, EventType.RESTORED, EventType.KEY_ROTATED}
            or (event.type == EventType.VERIFIED and "problem" not in event.details)
        )
        if signs and event.sequence <= self.total:
            self.due.append(event.sequence)

    def _note_handover(self, event: Event) -> None:
        try:
            handover = checkpoints.parse(event.details["handover"])
        except (LookupError, InvalidCheckpoint):
            raise Broken(event.sequence, INVALID_HANDOVER) from None
        stated = (handover.workspace, handover.sequence, handover.hash)
        if stated != (event.workspace, event.sequence - 1, event.previous):
            raise Broken(event.sequence, INVALID_HANDOVER)
        self.handovers[event.sequence] = handover

    def end(self) -> None:
        """Check what is known only after the last event."""
        if self.missing_people:
            sequence = min(self.missing_people.values())
            raise Broken(sequence, _("its personal data is missing, and no erasure says so"))
        self._check_tail()
        self._check_signatures()
        unsigned = set(self.due) - self.signed_hashes.keys()
        if unsigned:
            raise Broken(min(unsigned), _("its checkpoint is missing"))

    def _check_tail(self) -> None:
        if any(one.sequence > self.sequence for one in self.statements):
            raise Broken(
                self.sequence + 1,
                _("it is missing: a checkpoint covers it, so the end of the chain was cut off"),
            )

    def _check_signatures(self) -> None:
        keyring = Keyring([*self.handovers.values(), *filter(Statement.is_handover, self.statements)])
        if keyring.invalid:
            raise Broken(min(one.sequence for one in keyring.invalid) + 1, INVALID_HANDOVER)
        for one in filter(Statement.is_handover, self.statements):
            number = one.sequence + 1
            if self.handovers.get(number) != one and not any(number in lost for lost in self.lost):
                raise Broken(number, _("a key was replaced here, and no event says so"))
        accepts = keyring.accepts
        unsigned = [one.sequence for one in self.statements if not accepts(one) or one.count != one.sequence]
        if self.bad_lines or unsigned:
            raise Broken(min(self.bad_lines + unsigned), INVALID_CHECKPOINT)
