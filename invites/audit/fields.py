"""A JSON field that is stored in the form that is hashed."""

import json
from collections.abc import Mapping
from typing import Any

from django.db import models

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False).encode


def canonical(value: Mapping[str, Any] | list[Any]) -> str:
    """The canonical JSON of a value; `invites.audit.chain` describes it."""
    return _encode(value)


class UUIDText(models.Func):
    """A UUID column as text with hyphens, made by the database: for many rows that saves making objects."""

    arity = 1
    output_field = models.CharField()
    template = "%(expressions)s::text"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """SQLite stores them without hyphens."""
        parts = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
        template = "||'-'||".join(f"substr(%(expressions)s, {start}, {size})" for start, size in parts)
        return self.as_sql(compiler, connection, template=template, **context)


class CanonicalField(models.Field):  # type: ignore[type-arg]  # generic for mypy only
    """JSON in a text column in canonical form, which a database's JSON type would not preserve."""

    def get_internal_type(self) -> str:
        return "TextField"

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else canonical(value)

    def from_db_value(self, value: str | None, *_: Any) -> Any:
        return None if value is None else json.loads(value)
