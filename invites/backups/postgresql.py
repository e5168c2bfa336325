"""Backups of PostgreSQL, by its programs pg_dump and pg_restore."""

import os
import shutil
import subprocess
from pathlib import Path

from django.db import connection, transaction
from django.db.backends.postgresql.client import DatabaseClient

from invites.backups.contents import BackupError, Contents, contents, query

SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
NO_TIME_LIMIT = "SET LOCAL idle_in_transaction_session_timeout = 0"  # it waits for pg_dump
REPLACE = (
    "--clean",
    "--if-exists",
    "--no-owner",
    "--no-privileges",
    "--single-transaction",
    "--exit-on-error",
)
APPLIED = ("--data-only", "--table=django_migrations", "--file=-")


def dump(file: Path) -> Contents:
    """Write the database to this empty file, in pg_dump's custom format."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(SNAPSHOT)
            cursor.execute(NO_TIME_LIMIT)
        [(snapshot,)] = query("SELECT pg_export_snapshot()")
        _run("pg_dump", *_database(), "--format=custom", f"--snapshot={snapshot}", f"--file={file}")
        return contents(query)  # of the very snapshot


def migrations(file: Path) -> set[tuple[str, str]]:
    """The migrations that had been applied, as app and name."""
    columns = [line.split("\t") for line in _run("pg_restore", *APPLIED, str(file)).splitlines()]
    return {(values[1], values[2]) for values in columns if len(values) == 4}


def load(file: Path) -> None:
    """Replace the database by the backup, in one transaction; waits for transactions of others."""
    connection.close()
    _run("pg_restore", *_database(), *REPLACE, str(file))


def _database() -> list[str]:
    """The arguments that say where the database is, without the password."""
    [_, *where, name], _ = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, [])
    return [*where, f"--dbname={name}", "--no-password"]


def _run(name: str, *arguments: str) -> str:
    program = shutil.which(name)
    if not program:
        raise BackupError(f"{name} is not installed. It is one of PostgreSQL's client programs.")
    _, secrets = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, [])
    done = subprocess.run(  # noqa: S603
        [program, *arguments], env=os.environ | (secrets or {}), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BackupError(f"{name} failed: {done.stderr.strip()}")
    return done.stdout
