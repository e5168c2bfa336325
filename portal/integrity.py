"""What an error of the database is about: a row that exists already, no answer, or a fault of ours."""

import sqlite3

from django.db import IntegrityError, InterfaceError, OperationalError
from django.db.models import Model, UniqueConstraint
from psycopg.errors import UniqueViolation

PRIMARY_KEY = "primary key"
# The database does not answer. Every other error is a fault of the portal or of its schema.
UNAVAILABLE = (OperationalError, InterfaceError)


def violated(error: IntegrityError, model: type[Model]) -> str:
    """The name of the model's unique constraint that was violated, or PRIMARY_KEY.

    "" for anything else, such as another table's constraints, missing values and unnamed unique fields.
    """
    cause, table = error.__cause__, model._meta.db_table
    if isinstance(cause, sqlite3.Error):
        messages = {_sqlite_message(table, columns): name for name, columns in _constraints(model).items()}
        return messages.get(str(cause), "")
    if isinstance(cause, UniqueViolation) and cause.diag.table_name == table:
        name = cause.diag.constraint_name or ""
        is_primary = name == f"{table}_pkey"
        return PRIMARY_KEY if is_primary else name if name in _constraints(model) else ""
    return ""


def _constraints(model: type[Model]) -> dict[str, list[str]]:
    """The columns of the model's primary key and of its unique constraints."""
    columns = {field.name: str(field.column) for field in model._meta.concrete_fields}
    unique = (each for each in model._meta.constraints if isinstance(each, UniqueConstraint))
    named = {each.name: [columns[name] for name in each.fields] for each in unique}
    return {PRIMARY_KEY: [columns[model._meta.pk.name]], **named}


def _sqlite_message(table: str, columns: list[str]) -> str:
    return f"UNIQUE constraint failed: {', '.join(f'{table}.{column}' for column in columns)}"
