"""Whether this process can serve: database, migrations, static files and disk."""

import shutil
import time
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

MIGRATIONS_SECONDS = 5.0  # for which a look at the migrations counts; it takes some milliseconds
MIN_FREE_BYTES = 50 * 1024**2


class NotReady(Exception):
    """Says in a sentence why the desk can't serve. `needs_operator`: it won't pass by itself."""

    def __init__(self, message: str, *, needs_operator: bool = False) -> None:
        super().__init__(message)
        self.needs_operator = needs_operator


class Migrations:
    """Knows for a few seconds whether any migration is missing."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Look at the database the next time."""
        self._missing, self._valid_until = 0, 0.0

    def missing(self) -> int:
        """How many migrations are not applied. Raises `DatabaseError`."""
        if time.monotonic() >= self._valid_until:
            executor = MigrationExecutor(connection)
            self._missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
            self._valid_until = time.monotonic() + MIGRATIONS_SECONDS
        return self._missing


migrations = Migrations()


def check() -> None:
    """Raise `NotReady` for the first problem."""
    _check_database()
    if not settings.DEBUG and not _has_static_files():
        raise NotReady("static files are not collected")
    for directory in _written_directories():
        if shutil.disk_usage(directory).free < MIN_FREE_BYTES:
            raise NotReady("the disk is full")


def _check_database() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        missing = migrations.missing()
    except DatabaseError:
        raise NotReady("the database does not answer") from None
    if missing:
        raise NotReady("the database is not migrated", needs_operator=True)


def _has_static_files() -> bool:
    try:
        return bool(getattr(staticfiles_storage, "hashed_files", None))
    except PermissionError:
        return False


def _written_directories() -> list[Path]:
    """Where requests write. Not where AUDIT_CHECKPOINTS is: only workers do, and it may hang."""
    if connection.vendor != "sqlite":
        return []
    directory = Path(connection.settings_dict["NAME"]).parent
    return [directory] if directory.is_dir() else []
