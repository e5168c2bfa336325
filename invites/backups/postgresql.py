"""Backups of PostgreSQL, by its programs pg_dump, pg_restore and psql."""

import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from tempfile import TemporaryFile
from typing import IO, Any, cast

from django.conf import settings
from django.db import connection, transaction
from django.db.backends.postgresql.client import DatabaseClient

from invites.backups.contents import APPS, BackupError, Contents, contents, query

SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
NO_TIME_LIMIT = "SET LOCAL idle_in_transaction_session_timeout = 0"  # it waits for pg_dump
AS_SQL = ("--clean", "--if-exists", "--no-owner", "--no-privileges", "--file=-")
RUN_SQL = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1")
# pg_dump and pg_restore change settings of their connection, which a pool would then give to the desk.
THROUGH_POOL = "This can't go through a pool: set DATABASE_URL to PostgreSQL itself, and no DATABASE_POOL."
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
    """Replace the database by the backup, in one transaction; waits for transactions of others.

    psql runs what pg_restore writes: pg_restore alone can't drop tables that are newer than the backup.
    """
    begin, problem = f"BEGIN; {_drop()}", None
    connection.close()
    command = [_program("psql"), *_database(), *RUN_SQL]
    with TemporaryFile() as said:
        pipes: Any = {"stdin": PIPE, "stdout": DEVNULL, "stderr": said, "bufsize": 0}
        with Popen(command, env=_environment(), **pipes) as psql, suppress(BrokenPipeError):  # noqa: S603
            script = cast("IO[bytes]", psql.stdin)
            script.write(begin.encode())
            try:
                _run("pg_restore", *AS_SQL, str(file), stdout=script)
                script.write(b"COMMIT;\n")  # psql rolls back if the script ends without it
            except BackupError as failed:
                problem = failed
        if psql.returncode:
            said.seek(0)
            problem = BackupError(f"psql failed: {said.read().decode(errors='replace').strip()}")
    if problem:
        raise problem


def _drop() -> str:
    """All tables of the desk in one statement, since they refer to each other."""
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
    ours = [connection.ops.quote_name(name) for name in names if name.split("_")[0] in APPS]
    return f"DROP TABLE {', '.join(ours)};\n" if ours else ""


def _database() -> list[str]:
    """The arguments that say where the database is, without the password; not for a pool."""
    if settings.DATABASE_POOL:
        raise BackupError(THROUGH_POOL)
    [_, *where, name], _ = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, [])
    return [*where, f"--dbname={name}", "--no-password"]


def _run(name: str, *arguments: str, stdout: int | IO[bytes] = PIPE) -> str:
    command = [_program(name), *arguments]
    done = subprocess.run(  # noqa: S603
        command, env=_environment(), stdout=stdout, stderr=PIPE, text=True, check=False
    )
    if done.returncode:
        raise BackupError(f"{name} failed: {done.stderr.strip()}")
    return done.stdout or ""


def _program(name: str) -> str:
    program = shutil.which(name)
    if not program:
        raise BackupError(f"{name} is not installed. It is one of PostgreSQL's client programs.")
    return program


def _environment() -> dict[str, str]:
    """With the password: everybody on the machine can read command lines."""
    _, secrets = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, [])
    return os.environ | (secrets or {})
