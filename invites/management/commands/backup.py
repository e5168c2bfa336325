"""`manage.py backup`: write the database to a file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from invites.backups.backup import backup
from invites.backups.contents import BackupError


class Command(BaseCommand):
    """Prints what the file holds."""

    help = "Write the database as it is now to a new file, while the desk goes on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            held = backup(file)
        except BackupError as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(f"Wrote {file}, readable by you only. It holds:")
        for line in held.lines():
            self.stdout.write(line)
