"""Rows written past the models' own saving, and several statements at one go: appending has to be quick."""

from contextlib import ExitStack
from functools import cache
from typing import Any

from django.db import connection, models


def insert(row: models.Model) -> None:
    """Write a new row; one without an id gets it from the database and does not learn it."""
    statement, fields = _statement(type(row), row.pk is not None)
    values = [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@cache
def _statement(model: type[models.Model], with_id: bool) -> tuple[str, list[Any]]:
    fields = [field for field in model._meta.concrete_fields if with_id or not field.primary_key]
    columns = ", ".join(str(field.column) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    return f"INSERT INTO {model._meta.db_table} ({columns}) VALUES ({places})", fields  # noqa: S608


def together() -> ExitStack:
    """A block whose statements PostgreSQL gets at once, up to where an answer is read."""
    with ExitStack() as stack:
        if connection.vendor == "postgresql":
            stack.enter_context(connection.wrap_database_errors)
            stack.enter_context(connection.connection.pipeline())
        return stack.pop_all()
