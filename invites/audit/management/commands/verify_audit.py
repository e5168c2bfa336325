"""Verifies the audit log."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, TextIO, cast
from uuid import UUID

from django.core.management.base import BaseCommand
from django.db import DatabaseError

from invites.audit import checkpoints, verify
from invites.audit.checkpoints import InvalidCheckpoint, Statement
from invites.audit.verify import Result
from portal.actor import for_command

INTACT, BROKEN, NOT_RUN = 0, 1, 2


class Command(BaseCommand):
    """Exits with 0 if every chain is intact, 1 if one is broken, 2 if it could not run."""

    help = "Verify every chain of the audit log against its checkpoints."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--checkpoint", metavar="FILE", type=Path, help="checkpoints stored outside, one per line"
        )

    def handle(self, *args: Any, checkpoint: Path | None, **options: Any) -> None:
        try:
            kept = read(checkpoint) if checkpoint else []
            chains = sorted({*verify.workspaces(), *(one.workspace for one in kept)})
            broken = [one for one in chains if not self.is_intact(one, kept)]
        except (OSError, ValueError, DatabaseError) as problem:
            self.stderr.write(f"Could not verify: {problem}")
            sys.exit(NOT_RUN)
        sys.exit(BROKEN if broken else INTACT)

    def is_intact(self, workspace: UUID, kept: list[Statement]) -> bool:
        """Verify one chain, print and record the result."""
        result = verify.verify(workspace, kept, self.progress)
        self.stdout.write(line(result))
        verify.record_verification(result, by=for_command(workspace, "verify_audit"))
        return result.problem is None

    def progress(self, done: int, total: int) -> None:
        """Print a self-overwriting progress line on terminals."""
        if cast(TextIO, self.stderr).isatty():
            text = f"{done:,} of {total:,} ({done * 100 // max(total, 1)} %)\r"
            self.stderr.write(text, style_func=str, ending="")  # else it is as red as a failure


def read(file: Path) -> list[Statement]:
    """The checkpoints of a file; raises `InvalidCheckpoint` or another ValueError, or OSError."""
    kept = [checkpoints.parse(line) for line in file.read_text("utf-8").splitlines() if line.strip()]
    for one in kept:
        if not one.signed:
            raise InvalidCheckpoint(
                f"the checkpoint at {one.sequence} is not signed with this portal's AUDIT_KEY"
            )
    return kept


def line(result: Result) -> str:
    """The result as a line of text."""
    if result.problem:
        return f"{result.workspace}: BROKEN at event {result.problem.sequence}: {result.problem.what}"
    return f"{result.workspace}: intact, {result.count} events, {result.checkpoints} checkpoints"
