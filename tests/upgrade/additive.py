"""Whether a migration is additive: the previous release's code has to run on the schema after it."""

from collections.abc import Callable, Iterator
from typing import Any

from django.db import migrations
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import ForeignKey
from django.db.models.fields import NOT_PROVIDED

HARMLESS = (
    migrations.AddIndex,
    migrations.RemoveIndex,
    migrations.RenameIndex,
    migrations.AlterModelOptions,
    migrations.AlterModelManagers,
    migrations.AlterModelTableComment,
)
# What may change about a field: the database doesn't hold it, or old code can't tell.
FREE = {"choices", "default", "db_default", "help_text", "verbose_name", "validators", "max_length", "blank"}
KEPT = {"portal.user", "portal.workspace", "invites.invitation"}  # no release deletes rows of these


def problems(operation: Operation, app: str, released: ProjectState) -> Iterator[str]:
    """Why the previous release's code may fail after this operation; `released` are its models."""
    if isinstance(operation, HARMLESS) or _is_about_a_new_model(operation, app, released):
        return
    for kind, check in CHECKS.items():
        if isinstance(operation, kind):
            yield from check(operation, app, released)
            return
    yield f"{type(operation).__name__} is not additive"


def _is_about_a_new_model(operation: Any, app: str, released: ProjectState) -> bool:
    name = getattr(operation, "model_name_lower", "") or getattr(operation, "name_lower", "")
    is_created = isinstance(operation, migrations.CreateModel)
    return bool(name) and not is_created and (app, name) not in released.models


def _separate(operation: Any, app: str, released: ProjectState) -> Iterator[str]:
    for inner in operation.database_operations:
        yield from problems(inner, app, released)


def _run(operation: Any, app: str, released: ProjectState) -> Iterator[str]:
    if not operation.reversible:
        yield "can't be reversed"


def _created(operation: Any, app: str, released: ProjectState) -> Iterator[str]:
    for _, field in operation.fields:
        yield from _referring(field, released)


def _added(operation: Any, app: str, released: ProjectState) -> Iterator[str]:
    """Old code doesn't name the column when it inserts a row."""
    field = operation.field
    if not field.null and not field.many_to_many:
        if not _has_db_default(field):
            yield "a new column that is neither null nor has a db_default"
        if field.unique:
            yield "a new unique column: old code gives all rows the same value"
    yield from _referring(field, released)


def _referring(field: Any, released: ProjectState) -> Iterator[str]:
    """Old code doesn't know that it has to delete the referring row first."""
    if isinstance(field, ForeignKey) and field.db_constraint:
        target = str(field.remote_field.model).lower()
        if target not in KEPT and tuple(target.split(".")) in released.models:
            yield f"a foreign key to {target}, whose rows old code may delete"


def _altered(operation: Any, app: str, released: ProjectState) -> Iterator[str]:
    """Compared with the release; a field that is newer is as good as added."""
    old, new = released.models[app, operation.model_name_lower].fields.get(operation.name), operation.field
    if not old:
        yield from _added(operation, app, released)
        return
    (*old_kind, old_options), (*kind, options) = old.deconstruct()[1:], new.deconstruct()[1:]
    changed = {name for name in {*old_options, *options} if old_options.get(name) != options.get(name)}
    if old_kind != kind or changed - FREE:
        yield "a column of another kind"
    if _has_db_default(old) and not _has_db_default(new):
        yield "a column that loses its db_default"
    if new.max_length and new.max_length < (old.max_length or new.max_length + 1):
        yield "a shorter column"


def _has_db_default(field: Any) -> bool:
    return field.db_default is not NOT_PROVIDED


CHECKS: dict[Any, Callable[[Any, str, ProjectState], Iterator[str]]] = {
    migrations.SeparateDatabaseAndState: _separate,
    migrations.RunPython: _run,
    migrations.RunSQL: _run,
    migrations.CreateModel: _created,
    migrations.AddField: _added,
    migrations.AlterField: _altered,
}
