"""What the database itself refuses: changing or removing what the audit log holds.

Triggers, put back after every migration, since SQLite drops them silently when it rebuilds a table. Rows of
`Person` may be removed (that is what erasing does) but never changed. The database's keeper can drop a
trigger; that is what the chain and its checkpoints are for.
"""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error
from django.db import connections

APPEND_ONLY = {"audit_event", "audit_checkpoint"}
TABLES = ["audit_event", "audit_checkpoint", "audit_person"]
UNIQUE = {
    "audit_event": "id = NEW.id OR (workspace = NEW.workspace AND sequence = NEW.sequence)",
    "audit_checkpoint": "id = NEW.id",
    "audit_person": "id = NEW.id OR (event = NEW.event AND position = NEW.position)",
}
REFUSE = """
CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
USING ERRCODE = 'integrity_constraint_violation'; END $$
"""


def statements(vendor: str) -> dict[str, str]:
    """The statement behind each trigger, by name."""
    return _sqlite() if vendor == "sqlite" else _postgresql()


def _sqlite() -> dict[str, str]:
    found = {}
    for table in TABLES:
        # REPLACE removes a row without firing delete triggers, unless a pragma is on: so it may not begin.
        clash = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {UNIQUE[table]})"  # noqa: S608
        refused = {"update": "BEFORE UPDATE", "replace": "BEFORE INSERT"}
        if table in APPEND_ONLY:
            refused["delete"] = "BEFORE DELETE"
        for what, when in refused.items():
            name = f"{table}_no_{what}"
            found[name] = (
                f"CREATE TRIGGER {name} {when} ON {table} {clash if what == 'replace' else ''} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
    return found


def _postgresql() -> dict[str, str]:
    found = {}
    for table in TABLES:
        name = f"{table}_append_only"
        when = "UPDATE OR DELETE OR TRUNCATE" if table in APPEND_ONLY else "UPDATE OR TRUNCATE"
        found[name] = (
            f"CREATE TRIGGER {name} BEFORE {when} ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse(); "
            # ALWAYS: also where a session says that it replays another server's changes.
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}"
        )
    return found


def install(using: str, **_: Any) -> None:
    """Put every trigger in place, in its present form."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if not set(TABLES) <= set(connection.introspection.table_names(cursor)):
            return
        if connection.vendor == "postgresql":
            cursor.execute(REFUSE)
    remove(using)
    with connection.cursor() as cursor:
        for statement in statements(connection.vendor).values():
            cursor.execute(statement)


def remove(using: str) -> None:
    """Take the triggers away: for `install`, which puts them back, and for the teardown of tests."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for name in statements(connection.vendor):
            table = name.rsplit("_append_only")[0]
            on = f" ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")


def missing(using: str) -> list[str]:
    """Names of the triggers that are not there or not switched on; none where there are no tables yet."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if not set(TABLES) <= set(connection.introspection.table_names(cursor)):
            return []
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute("SELECT tgname FROM pg_trigger WHERE tgenabled = 'A'")
        there = {name for (name,) in cursor.fetchall()}
    return [name for name in statements(connection.vendor) if name not in there]


def check(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """The system check: `manage.py check --database default`, and before every migration."""
    return [
        Error(
            f"The audit log is not append-only: trigger {name} is missing.",
            hint="Run manage.py migrate, which installs it, and then manage.py verify_audit.",
            id="audit.E001",
        )
        for using in databases or []
        for name in missing(using)
    ]
