"""Writing a backup."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import DatabaseError, connection

from invites.backups import postgresql, sqlite
from invites.backups.contents import BackupError, Contents

DATABASES = {"sqlite": sqlite, "postgresql": postgresql}


def backup(file: Path) -> Contents:
    """Write the database as it is at one moment to a new file, while the desk goes on.

    The file is readable by its owner only: it holds personal data, and tokens encrypted with TOKEN_KEYS.
    Raises `BackupError`.
    """
    if file.exists():
        raise BackupError(f"{file} is there already.")
    try:
        with _whole(file) as part:
            held: Contents = DATABASES[connection.vendor].dump(part)
    except (OSError, DatabaseError) as problem:
        raise BackupError(str(problem)) from problem
    return held


@contextmanager
def _whole(file: Path) -> Iterator[Path]:
    """An empty file to write, which is renamed to `file` when it is complete and on disk."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f"{file.name}.")  # readable by its owner only
    part = Path(name)
    try:
        yield part
        os.fsync(handle)
        part.rename(file)
    finally:
        os.close(handle)
        part.unlink(missing_ok=True)
