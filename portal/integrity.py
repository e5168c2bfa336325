"""What an `IntegrityError` is about: a row that exists already, or something that must not happen."""

import sqlite3

from django.db import IntegrityError
from django.db.models import Model
from psycopg.errors import UniqueViolation


def is_duplicate(error: IntegrityError, model: type[Model]) -> bool:
    """Whether this table already has such a row: its primary key or a unique constraint was violated."""
    cause, table = error.__cause__, model._meta.db_table
    if isinstance(cause, sqlite3.Error):
        return str(cause).startswith(f"UNIQUE constraint failed: {table}.")
    return isinstance(cause, UniqueViolation) and cause.diag.table_name == table
