import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from django.db import DatabaseError, connection, transaction

from invites.audit import checkpoints, triggers
from invites.audit.catalogue import EventType
from invites.audit.models import Checkpoint, Event, Person
from invites.audit.record import record
from tests import served

pytestmark = pytest.mark.django_db


@pytest.fixture
def written(paula, snapshot):
    with transaction.atomic():
        event = record(EventType.INVITATION_SENT, by=paula, snapshot=snapshot)
        checkpoints.create(event)
    return event


def refused(statement, *params):
    """Whether the database says no."""
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, params)
    return True


@pytest.mark.parametrize("table", ["audit_event", "audit_checkpoint", "audit_person"])
def test_no_row_can_be_changed(written, table):
    column = {"audit_event": "outcome", "audit_checkpoint": "line", "audit_person": "email"}[table]
    assert refused(f"UPDATE {table} SET {column} = 'x'")


@pytest.mark.parametrize("table", ["audit_event", "audit_checkpoint"])
def test_no_row_can_be_removed(written, table):
    assert refused(f"DELETE FROM {table}")


def test_the_models_cannot_either(written):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Event.objects.update(outcome="x")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Event.objects.all().delete()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        written.save()


@pytest.mark.parametrize("table", ["audit_event", "audit_checkpoint", "audit_person"])
def test_no_table_can_be_truncated(written, table):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no TRUNCATE")
    assert refused(f"TRUNCATE {table} CASCADE")


@pytest.mark.parametrize("model", [Event, Checkpoint, Person])
def test_no_row_can_be_replaced(written, model):
    row = model.objects.values().get()
    columns = ", ".join(f'"{name}"' for name in row)
    if connection.vendor == "sqlite":
        assert refused(f"INSERT OR REPLACE INTO {model._meta.db_table} SELECT * FROM {model._meta.db_table}")
    else:
        name = next(iter(row))
        table = model._meta.db_table
        assert refused(
            f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {table} "
            f"ON CONFLICT ({name}) DO UPDATE SET {name} = EXCLUDED.{name}"
        )


@pytest.mark.django_db(transaction=True)
def test_a_foreign_connection_without_our_pragmas_is_refused_too(written):
    if connection.vendor != "sqlite":
        pytest.skip("pragmas are SQLite's")
    with closing(sqlite3.connect(connection.settings_dict["NAME"])) as foreign:
        for statement in (
            "INSERT OR REPLACE INTO audit_event SELECT * FROM audit_event",
            "DELETE FROM audit_event",
            "UPDATE audit_event SET outcome = 'x'",
        ):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                foreign.execute(statement)


def test_a_replaying_session_is_refused_too(written):
    if connection.vendor != "postgresql":
        pytest.skip("roles of replication are PostgreSQL's")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
    assert refused("DELETE FROM audit_event")


def test_personal_data_can_be_removed_but_not_changed(written):
    Person.objects.all().delete()
    assert not Person.objects.exists()


def test_the_check_names_a_missing_trigger():
    assert triggers.check(databases=["default"]) == []
    triggers.remove("default")
    found = triggers.check(databases=["default"])
    assert {one.id for one in found} == {"audit.E001"}
    assert len(found) == len(triggers.statements(connection.vendor))


def test_the_check_names_a_trigger_that_was_replaced():
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL's triggers call one function, which every migration installs again")
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER audit_event_no_update")
        cursor.execute(
            "CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event BEGIN SELECT 1; END"
        )
    assert triggers.missing("default") == ["audit_event_no_update"]


@pytest.fixture
def desk():
    """The environment of a desk with a database of its own, migrated."""
    with served.database() as url:
        env = served.production_environment("http://127.0.0.1:8000", "http://127.0.0.1:9", DATABASE_URL=url)
        served.manage(env, "migrate", "-v0")
        yield env


CHECK = ["manage.py", "check", "--database", "default"]
DROP = "from invites.audit import triggers; triggers.remove('default')"


def test_migrating_puts_the_triggers_back(desk):
    served.manage(desk, "shell", "--no-imports", "-c", DROP)
    assert "audit.E001" in served.run(CHECK, desk).stderr
    served.manage(desk, "migrate", "-v0")
    assert served.run(CHECK, desk).returncode == 0


def test_eight_migrations_at_once_leave_all_triggers_in_place(desk):
    served.manage(desk, "shell", "--no-imports", "-c", DROP)
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda _: served.run(["manage.py", "migrate", "-v0"], desk), range(8)))
    assert [one.stderr for one in done if one.returncode] == []
    assert served.run(CHECK, desk).returncode == 0


def test_installing_again_leaves_the_triggers_that_are_there(written):
    said = []

    def listen(execute, sql, params, many, context):
        said.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        triggers.install("default")
    assert [sql for sql in said if "DROP" in sql or "CREATE TRIGGER" in sql] == []
