"""Backups of SQLite: a database file of its own, written in one step of reading while others go on."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.db import connection

from invites.backups.contents import BackupError, Contents, contents

LOCK_SECONDS = 20  # that a restore waits for writers


def dump(file: Path) -> Contents:
    """Write the database to this empty file."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(file)])
    with _opened(file) as backup:
        return contents(lambda statement: backup.execute(statement).fetchall())


def migrations(file: Path) -> set[tuple[str, str]]:
    """The migrations that had been applied, as app and name."""
    with _opened(file) as backup:
        return set(backup.execute("SELECT app, name FROM django_migrations").fetchall())


def load(file: Path) -> None:
    """Replace the database by the backup, in one transaction: other processes see all of it or nothing."""
    connection.close()
    path = connection.settings_dict["NAME"]
    with _opened(file) as backup, closing(sqlite3.connect(path, timeout=LOCK_SECONDS)) as database:
        backup.backup(database)


@contextmanager
def _opened(file: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as backup:
            yield backup
    except sqlite3.Error as problem:
        raise BackupError(f"{file}: {problem}") from problem
