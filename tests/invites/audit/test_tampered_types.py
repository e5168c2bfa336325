"""SQLite takes values of any type: verification says where they are, whichever column was replaced."""

import pytest
from django.core.management import call_command
from django.db import connection

from invites.audit import checkpoints, triggers
from invites.audit.catalogue import EventType
from invites.audit.models import Checkpoint, Event, Person
from invites.audit.record import record
from portal.awork.schemas import Exchange

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL's columns take nothing of the kind"),
]
WRONG = [
    *("NULL", "''", "'null'", "'seven'", "'{}'", "'[[]]'", "'7'", "CAST(x'ff' AS TEXT)", "x'00'", "x'ff'"),
    *("0", "-1", "1.5", "9e999", "9223372036854775807", "-9223372036854775808"),
]
TABLES = [table._meta.db_table for table in (Event, Person, Checkpoint)]


@pytest.fixture
def written(paula, snapshot):
    """Four events, a checkpoint at the last one, and tables without triggers and constraints."""
    exchange = Exchange("POST", "/tasks", 200, "", "t", 12)
    for _ in range(4):
        event = record(EventType.INVITATION_SENT, by=paula, snapshot=snapshot, exchange=exchange)
    checkpoints.create(event)
    triggers.remove("default")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA ignore_check_constraints = ON")
        cursor.execute("PRAGMA writable_schema = ON")
        for table in TABLES:
            cursor.execute(
                "UPDATE sqlite_master SET sql = replace(sql, 'NOT NULL', '') WHERE name = %s", [table]
            )
        cursor.execute("PRAGMA writable_schema = RESET")
        yield
        cursor.execute("PRAGMA ignore_check_constraints = OFF")


def places():
    """Each column of an event, its person and its checkpoint, and those of the last event that others need.

    Not the primary keys: the chain does not cover them, and they take nothing but whole numbers.
    """
    for model, sequence in ((Event, 2), (Person, 2), (Checkpoint, 4)):
        for field in model._meta.concrete_fields:
            if not field.primary_key:
                yield pytest.param(model, field.column, sequence, id=f"{model.__name__}.{field.column}")
    for column in ("workspace", "sequence", "hash"):
        yield pytest.param(Event, column, 4, id=f"the last event's {column}")


def replace(model, column, value, sequence):
    """Replace a value of an event, of its person or of its checkpoint; whether it is another one now."""
    event = Event.objects.values("id").get(sequence=sequence)["id"]
    where = f"event = {event}" if model is Person else f"sequence = {sequence}"
    stored = f"SELECT rowid, typeof({column}), hex({column}) FROM {model._meta.db_table}"
    with connection.cursor() as cursor:
        before = cursor.execute(stored).fetchall()
        cursor.execute(f"UPDATE {model._meta.db_table} SET {column} = {value} WHERE {where}")
        return before != cursor.execute(stored).fetchall()


@pytest.mark.parametrize(("model", "column", "sequence"), list(places()))
def test_a_value_of_another_type_is_reported_where_it_is(written, capsys, model, column, sequence):
    moved = {"0": 0, "-1": -1, "-9223372036854775808": -(2**63), "1.5": 2} if column == "sequence" else {}
    for value in WRONG:
        with connection.cursor() as cursor:
            cursor.execute("SAVEPOINT before")
            is_other = replace(model, column, value, sequence)
            with pytest.raises(SystemExit) as ended:
                call_command("verify_audit")
            cursor.execute("ROLLBACK TO before")
        words = capsys.readouterr().out
        place = moved.get(value, sequence) if model is Event else sequence
        assert ended.value.code == is_other, (value, words)
        assert is_other == (f"BROKEN at event {place}: " in words), (value, words)


@pytest.mark.parametrize("column", [field.column for field in Event._meta.concrete_fields[1:]])
def test_the_page_says_that_the_log_is_broken(written, reader, column):
    for value in ("'seven'", "CAST(x'ff' AS TEXT)"):
        with connection.cursor() as cursor:
            cursor.execute("SAVEPOINT before")
            replace(Event, column, value, 2)
            page = reader.post("/audit/verify/", follow=True)
            event_page = reader.get(page.context["status"].event.get_absolute_url())
            cursor.execute("ROLLBACK TO before")
        assert 'data-verified="broken"' in page.text, value
        assert "Event 2 is not as it was written" in page.text, value
        assert event_page.status_code == 200, value
