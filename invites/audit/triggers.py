"""Database triggers that reject changing or deleting rows of the audit log.

Missing ones are installed after every migration, since SQLite silently drops them when it rebuilds a table.
Rows of `Person` may be deleted (to erase someone) but never changed. A database administrator can drop the
triggers; the chain and its checkpoints detect that.
"""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error
from django.db import connections, transaction

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
    """The statement that creates each trigger, by name."""
    return _sqlite() if vendor == "sqlite" else _postgresql()


def _sqlite() -> dict[str, str]:
    found = {}
    for table in TABLES:
        # REPLACE deletes rows without firing delete triggers unless a pragma is on, so reject it beforehand.
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
            # ALWAYS: also in sessions with session_replication_role = replica.
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}"
        )
    return found


def install(using: str, **_: Any) -> None:
    """Create the missing triggers, in one transaction: others see all of them or none.

    One process at a time, as several may migrate at once; the triggers that are there stay all the while.
    """
    connection = connections[using]
    with transaction.atomic(using=using), connection.cursor() as cursor:  # on SQLite, only one can write
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('audit_refuse'))")
            cursor.execute(REFUSE)
        for name in missing(using):
            cursor.execute(_drop(name, connection.vendor))
            cursor.execute(statements(connection.vendor)[name])


def _drop(name: str, vendor: str) -> str:
    table = name.rsplit("_append_only")[0]
    return f"DROP TRIGGER IF EXISTS {name}" + (f" ON {table}" if vendor == "postgresql" else "")


def remove(using: str) -> None:
    """Drop the triggers: for test teardown."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for name in statements(connection.vendor):
            cursor.execute(_drop(name, connection.vendor))


def missing(using: str) -> list[str]:
    """Names of missing, disabled or, on SQLite, replaced triggers; none before the tables exist."""
    connection = connections[using]
    wanted = statements(connection.vendor)
    with connection.cursor() as cursor:
        if not set(TABLES) <= set(connection.introspection.table_names(cursor)):
            return []
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            there = {name for name, sql in cursor.fetchall() if sql == wanted.get(name)}
        else:
            cursor.execute("SELECT tgname FROM pg_trigger WHERE tgenabled = 'A'")
            there = {name for (name,) in cursor.fetchall()}
    return [name for name in wanted if name not in there]


def check(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """The system check: `manage.py check --database default`, and after every migration."""
    return [
        Error(
            f"The audit log is not append-only: trigger {name} is missing.",
            hint="Run manage.py migrate, which installs it, and then manage.py verify_audit.",
            id="audit.E001",
        )
        for using in databases or []
        for name in missing(using)
    ]
