"""The desk behind pgbouncer, which gives each transaction another connection to PostgreSQL."""

import os
import runpy
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from django.db import connection, transaction

from invites.audit.catalogue import EventType
from invites.audit.models import Event
from invites.audit.record import record
from portal.actor import for_user
from tests import served
from tests.invites.factories import person

HERE = Path(__file__).resolve().parents[2]
PGBOUNCER = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin")
ROWS = 2500  # more than are read at once
pytestmark = [
    pytest.mark.skipif(not PGBOUNCER, reason="needs pgbouncer"),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL"),
    pytest.mark.django_db(transaction=True),
]


@contextmanager
def pgbouncer(database, port):
    """A pool that takes its connections in turn, so that no two transactions have the same."""
    names = {"HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password"}
    target = " ".join(f"{name}={database[key]}" for key, name in names.items() if database[key])
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        file = Path(folder, "pgbouncer.ini")
        file.write_text(
            f"[databases]\n* = {target}\n[pgbouncer]\npool_mode = transaction\nserver_round_robin = 1\n"
            f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n"
        )
        user = [] if os.geteuid() else ["-u", "nobody"]  # it refuses to run as root
        with subprocess.Popen([PGBOUNCER, "-q", *user, file], stderr=subprocess.DEVNULL) as process:
            yield
            process.terminate()


def open_two(url):
    """Let the pool open two connections, by two transactions at a time."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        with suppress(psycopg.OperationalError), psycopg.connect(url) as one, psycopg.connect(url) as other:
            one.execute("SELECT 1")
            other.execute("SELECT 1")
            return
        time.sleep(0.05)
    raise AssertionError("pgbouncer does not answer")


@pytest.fixture
def pooled(monkeypatch, transactional_db):
    """Let this process reach its database through a pool, with the settings that a desk then has."""
    database, port = connection.settings_dict, served.free_port()
    url = f"postgresql://desk@127.0.0.1:{port}/{database['NAME']}"
    variables = served.production_environment("http://127.0.0.1:8001", "http://127.0.0.1:9")
    for name, value in (variables | {"DATABASE_URL": url, "DATABASE_POOL": "transaction"}).items():
        monkeypatch.setenv(name, value)
    pool = runpy.run_path(str(HERE / "portal" / "settings.py"))["DATABASES"]["default"]
    connection.close()
    with pgbouncer(database, port):
        open_two(url)
        before = dict(database)
        database |= {"OPTIONS": {}} | pool
        yield database
        connection.close()
        database.clear()
        database.update(before)


@pytest.fixture
def auditor(client, pooled):
    """An administrator who exports many events."""
    user = person(role="administrator")
    record_many(user)
    client.force_login(user)
    return client


def record_many(user):
    """Record an event, and copy it."""
    with transaction.atomic():
        event = record(EventType.SIGNED_IN, by=for_user(user))
    copies = [Event(**{**values(event), "sequence": number + 2}) for number in range(ROWS - 1)]
    Event.objects.bulk_create(copies)


def values(event):
    return {
        field.name: getattr(event, field.name) for field in Event._meta.concrete_fields if field.name != "id"
    }


def test_an_export_is_whole(auditor):
    text = auditor.get("/audit/export.csv").getvalue().decode()
    assert f"End of export: {ROWS} rows" in text.splitlines()[-1]


def test_without_the_setting_it_breaks_off(auditor, pooled):
    pooled["DISABLE_SERVER_SIDE_CURSORS"] = False
    with pytest.raises(psycopg.errors.InvalidCursorName):
        auditor.get("/audit/export.csv").getvalue()
