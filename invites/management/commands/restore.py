"""`manage.py restore`: replace the database by a backup."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from invites.audit import target
from invites.audit.models import Event
from invites.backups.contents import BackupError
from invites.backups.restore import restore


class Command(BaseCommand):
    """Prints what the backup held, and which events were lost."""

    help = "Restore a backup into this database. Stop the desk and its workers before."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--replace", action="store_true", help="replace a database that is not empty")
        parser.add_argument(
            "--checkpoint",
            metavar="FILE",
            type=Path,
            help="checkpoints stored outside, to tell which events are lost; by default AUDIT_CHECKPOINTS",
        )

    def handle(self, *args: Any, file: Path, replace: bool, checkpoint: Path | None, **options: Any) -> None:
        try:
            text = checkpoint.read_text("utf-8") if checkpoint else ""
            restored = restore(file, [*target.published_lines(), *text.splitlines()], replace=replace)
        except (BackupError, OSError, ValueError) as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write("Restored:")
        for line in [*restored.contents.lines(), *map(lost, restored.events)]:
            self.stdout.write(line)
        if restored.forgotten:
            self.stdout.write(
                f"checkpoints that waited for delivery, and are not delivered: {restored.forgotten}"
            )
        if restored.paused:
            self.stdout.write(f"running batches that are paused now: {restored.paused}")


def lost(event: Event) -> str:
    """Which events of a chain were lost, as a line of text."""
    after, before = event.details["last_after"], event.details["last_before"]
    what = f"events {after + 1} to {before} are lost" if before > after else "no later event is known"
    return f"{event.workspace}: {what}; event {event.sequence} records it"
