"""Verifies the audit log; writes nothing unless asked."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, TextIO, cast
from uuid import UUID

from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection

from invites.audit import checkpoints, delivery, verify
from invites.audit.checkpoints import InvalidCheckpoint, Statement
from invites.audit.keyring import accepted
from invites.audit.keys import KeyReplaced
from invites.audit.verify import Result
from portal.actor import for_command

INTACT, BROKEN, NOT_RUN = 0, 1, 2
EMPTY = (
    "Could not verify: there are no events in {name}. If it is a copied SQLite file, they may be in the -wal "
    "file beside the original, which was not copied: manage.py backup copies both."
)


class Command(BaseCommand):
    """Exits with 0 if every chain is intact, 1 if one is broken, 2 if it could not run or saw no events."""

    help = "Verify every chain of the audit log against its checkpoints."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--checkpoint", metavar="FILE", type=Path, help="checkpoints stored outside, one per line"
        )
        parser.add_argument(
            "--record",
            action="store_true",
            help="record each result as an event, and sign and deliver the end of an intact chain",
        )

    def handle(self, *args: Any, checkpoint: Path | None, record: bool, **options: Any) -> None:
        try:
            kept = read(checkpoint) if checkpoint else []
            chains = sorted({*verify.workspaces(), *(one.workspace for one in kept)})
            results = [self.verify(one, kept, record=record) for one in chains]
            if record:
                delivery.deliver_now()
        except (OSError, ValueError, DatabaseError, KeyReplaced) as problem:
            self.stderr.write(f"Could not verify: {problem}")
            sys.exit(NOT_RUN)
        if any(one.problem for one in results):
            sys.exit(BROKEN)
        if not any(one.events for one in results):
            self.stderr.write(EMPTY.format(name=connection.settings_dict["NAME"]))
            sys.exit(NOT_RUN)
        sys.exit(INTACT)

    def verify(self, workspace: UUID, kept: list[Statement], *, record: bool) -> Result:
        """Verify one chain, print the result and, if asked, record it."""
        result = verify.verify(workspace, kept, self.progress)
        self.stdout.write(line(result))
        if record:
            verify.record_verification(result, by=for_command(workspace, "verify_audit"))
        return result

    def progress(self, done: int, total: int) -> None:
        """Print a self-overwriting progress line on terminals."""
        if cast(TextIO, self.stderr).isatty():
            text = f"{done:,} of {total:,} ({done * 100 // max(total, 1)} %)\r"
            self.stderr.write(text, style_func=str, ending="")  # else it is as red as a failure


def read(file: Path) -> list[Statement]:
    """The checkpoints of a file; raises `InvalidCheckpoint` or another ValueError, or OSError."""
    lines = [line for line in file.read_text("utf-8").splitlines() if line.strip()]
    kept = [checkpoints.parse(line) for line in lines]
    counting = accepted([*lines, *checkpoints.handovers({one.workspace for one in kept})])
    for one in set(kept) - set(counting):
        raise InvalidCheckpoint(
            f"the checkpoint at {one.sequence} is not signed with this portal's AUDIT_KEY"
        )
    return kept


def line(result: Result) -> str:
    """The result as a line of text."""
    if result.problem:
        return f"{result.workspace}: BROKEN at event {result.problem.sequence}: {result.problem.what}"
    counts = f"{result.events} events, {result.people} people, {result.checkpoints} checkpoints"
    lost = "".join(f"; a restore lost {one.start} to {one.stop - 1}" for one in result.lost)
    return f"{result.workspace}: intact, {counts}{lost}"
