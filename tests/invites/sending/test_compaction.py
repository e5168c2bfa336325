"""Deleted rows leave the database's files, or it says that they remain."""

import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections

from invites.audit import verify
from invites.sending.compaction import compact
from invites.sending.erase import erase
from portal.actor import PORTAL_WORKSPACE
from tests.invites.conftest import actor

pytestmark = pytest.mark.django_db(transaction=True)
EMAIL = "zaphod@betelgeuse.example"
GUEST = {"email": EMAIL, "first_name": "Zaphod", "last_name": "Beeblebrox"}
TRACES = [EMAIL, "zaphod", "Zaphod", "Beeblebrox", "beeblebrox", "betelgeuse"]
FIELDS = {"email": EMAIL, "again": EMAIL, "previewed": EMAIL, "reason": "asked"}


@pytest.fixture
def sent(new_invitation, send, ada, client):
    """An invitation whose guest is in tables, search index, planner statistics, and a filter of an export."""
    send(new_invitation(**GUEST))
    send(new_invitation(email="erik@druck.example", first_name="Erik", last_name="Else"))
    client.get("/audit/export.csv", {"guest": EMAIL, "q": "zaphod"}).getvalue()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    assert set(TRACES) <= set(traces_in_files())


def another_connection():
    """A connection to PostgreSQL beside Django's."""
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    return psycopg.connect(**{key: connection.settings_dict[name] for name, key in names.items()})


@contextmanager
def reader():
    """Another process that reads the database as it is now."""
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(connection.settings_dict["NAME"])) as other:
            rows = other.execute("SELECT * FROM audit_person UNION ALL SELECT * FROM audit_person")
            rows.fetchone()
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA busy_timeout = 50")
            yield
            connection.close()  # the next one is patient again
        return
    with another_connection() as other:
        other.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        other.execute("SELECT 1")  # a snapshot, and no lock on a table
        yield


def traces_in_files():
    """Which of `TRACES` are in the database's files, with the names of the relations on PostgreSQL."""
    if connection.vendor == "sqlite":
        name = Path(connection.settings_dict["NAME"])
        content = b"".join(one.read_bytes() for one in name.parent.glob(f"{name.name}*"))
        return {trace: name.name for trace in TRACES if trace.encode() in content}
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
        cursor.execute("SELECT oid FROM pg_database WHERE datname = current_database()")
        folder = f"base/{cursor.fetchone()[0]}"
        cursor.execute(
            "SELECT trace, string_agg(file || ' ' || coalesce((SELECT relname FROM pg_class"
            "  WHERE pg_relation_filenode(oid)::text = split_part(file, '_', 1)), '?'), ', ')"
            " FROM pg_ls_dir(%s) AS file, unnest(%s::text[]) AS trace WHERE position("
            "convert_to(trace, 'UTF8') IN pg_read_binary_file(%s || '/' || file, 0, 1000000000, true)) > 0"
            " GROUP BY trace",
            [folder, TRACES, folder],
        )
        return dict(cursor.fetchall())


def go(by):
    return erase(EMAIL, workspaces=[by.workspace_id, PORTAL_WORKSPACE], by=actor(by), reason="asked")


def go_and_disconnect(by):
    try:
        return go(by)
    finally:
        connections.close_all()


def wait_until_the_erasure_waits(other):
    deadline = time.monotonic() + 10
    waiting = "SELECT count(*) FROM pg_locks WHERE relation = 'audit_person'::regclass AND NOT granted"
    while not other.execute(waiting).fetchone()[0]:
        other.rollback()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    other.rollback()


def test_no_file_of_the_database_holds_an_erased_guest(sent, ada):
    assert not go(ada).rows_remain

    assert traces_in_files() == {}
    assert verify.verify(ada.workspace_id, []).problem is None


def test_what_another_process_still_reads_is_reported_and_removed_by_running_it_again(sent, ada, caplog):
    with reader():
        assert go(ada).rows_remain
        assert "run erase_guest again" in caplog.text
        with pytest.raises(CommandError, match=r"Nothing is known .* Deleted rows remain"):
            call_command("erase_guest", EMAIL, confirm=EMAIL, reason="asked")
        assert traces_in_files()

    with pytest.raises(CommandError, match=r"Nothing is known about this address\.$"):
        call_command("erase_guest", EMAIL, confirm=EMAIL, reason="asked")
    assert traces_in_files() == {}
    assert EMAIL not in caplog.text


def test_a_transaction_that_began_meanwhile_does_not_keep_the_old_statistics(sent, ada):
    """As autovacuum's own do: it sees the statistics that the rewriting has replaced since."""
    if connection.vendor == "sqlite":
        pytest.skip("SQLite rewrites its file in one step")
    with another_connection() as table, another_connection() as other, ThreadPoolExecutor(1) as pool:
        table.execute("LOCK TABLE audit_person IN ACCESS SHARE MODE")
        erasure = pool.submit(go_and_disconnect, ada)
        wait_until_the_erasure_waits(other)
        other.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        other.execute("SELECT 1")
        table.rollback()
        time.sleep(1)
        other.rollback()
        assert not erasure.result().rows_remain
    assert traces_in_files() == {}


def test_the_page_says_that_rows_remain(sent, client):
    with reader():
        page = client.post("/guests/erase/", FIELDS, follow=True)
    assert "deleted rows remain in the database" in page.text


def test_the_command_says_that_rows_remain(sent, capsys):
    with reader(), pytest.raises(CommandError, match=r"^Deleted rows remain"):
        call_command("erase_guest", EMAIL, confirm=EMAIL, reason="asked")
    assert "Erased. The pseudonym is" in capsys.readouterr().out


def test_a_table_in_use_does_not_stop_the_desk(sent, ada, caplog):
    """Who waits for a table makes everybody else wait behind, so it gives up after three seconds."""
    if connection.vendor == "sqlite":
        pytest.skip("tables of SQLite have no locks")
    with another_connection() as other:
        other.execute("SELECT count(*) FROM audit_person")
        assert go(ada).rows_remain
    assert "could not be compacted" in caplog.text
    assert EMAIL not in caplog.text


def test_nothing_is_compacted_through_a_pool(settings, caplog):
    settings.DATABASE_POOL = "transaction"
    assert not compact()
    assert "run erase_guest again, not through the pool" in caplog.text
