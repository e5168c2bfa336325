"""The database fails: awork is never called without a committed row, and the same form works afterwards."""

import os
import shutil
import sqlite3
import subprocess
import tempfile
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from django.db import connection

from invites.audit.models import Event
from invites.models import Invitation, Step
from tests import served
from tests.faults.journey import INVITE, Journey
from tests.faults.running_desk import RunningDesk, running_desk

SQLITE_ONLY = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="about SQLite's file")
POSTGRESQL_ONLY = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="about PostgreSQL's server")


@pytest.fixture
def journey(standin, settings):
    one = Journey(standin)
    assert one.sign_in()
    one.browse()
    one.client.raise_request_exception = False
    return one


def check_refused(journey, response):
    """Check for a plain error page and no call without its row."""
    assert response.status_code == 500
    assert "Traceback" not in response.content.decode()
    assert "<h1" in response.content.decode()
    assert journey.standin.count(*INVITE) <= Invitation.objects.count()


def check_recovered(journey):
    """Check that the same form is sent exactly once without a restart, now or before the failure."""
    journey.recover()
    assert journey.send() == "sent"
    assert journey.standin.count(*INVITE) == 1
    invitation = Invitation.objects.get()
    journey.check_consistent(invitation)
    journey.check_audit_log(invitation.workspace_id)
    assert Event.objects.filter(type="invitation-requested").count() == 1


@contextmanager
def lock_timeout(seconds):
    """Shorten the twenty seconds that SQLite waits for a lock."""
    options = connection.settings_dict["OPTIONS"]
    original = options["timeout"]
    connection.close()
    options["timeout"] = seconds
    try:
        yield
    finally:
        connection.close()
        options["timeout"] = original


@SQLITE_ONLY
@pytest.mark.django_db(transaction=True)
def test_nothing_is_sent_while_the_database_is_locked(journey):
    with lock_timeout(0.2):
        other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        check_refused(journey, journey.client.post("/invite/", journey.fields))
        other.execute("ROLLBACK")
        other.close()
        check_recovered(journey)


@SQLITE_ONLY
@pytest.mark.django_db(transaction=True)
def test_a_lock_while_awork_responds_does_not_send_twice(journey):
    journey.standin.fault(*INVITE, "delay_after", seconds=1)
    other = sqlite3.connect(
        connection.settings_dict["NAME"], isolation_level=None, check_same_thread=False, timeout=5
    )

    def lock():
        while not journey.guest_assigned:
            time.sleep(0.01)
        other.execute("BEGIN IMMEDIATE")

    locking = threading.Thread(target=lock)
    with lock_timeout(0.2):
        locking.start()
        check_refused(journey, journey.client.post("/invite/", journey.fields))
        locking.join()
        assert Invitation.objects.get().step == Step.INVITING
        assert journey.standin.count(*INVITE) == 1
        other.execute("ROLLBACK")
        other.close()
        check_recovered(journey)


@SQLITE_ONLY
@pytest.mark.xdist_group("killed")
def test_a_running_portal_sends_nothing_on_a_full_disk_and_works_once_there_is_space():
    with running_desk() as one:
        form = one.form("WEB-12", "carla@creative.example")
        with one.full_disk():
            refused = one.browser.post("/invite/", data=form)
            assert refused.status_code == 500
            assert "<h1" in refused.text
            assert one.browser.get("/healthz").status_code in {200, 503}
            assert one.invitations_received("carla@creative.example") == 0

        one.browser.post("/invite/", data=form)
        assert one.latest("state") == "sent"
        assert one.invitations_received("carla@creative.example") == 1


@SQLITE_ONLY
@pytest.mark.django_db(transaction=True)
def test_nothing_is_sent_when_the_database_is_full(journey):
    journey.fields |= {
        "first_name": "C" * 990,
        "last_name": "D" * 990,
    }  # too long for half-filled pages
    with connection.cursor() as cursor:
        (pages,) = cursor.execute("PRAGMA page_count").fetchone()
        cursor.execute("CREATE TABLE filling (text)")
        cursor.execute(f"PRAGMA max_page_count = {pages + 30}")
        with suppress(Exception):
            while True:
                cursor.execute("INSERT INTO filling VALUES (?)", ["x" * 3000])
        with suppress(Exception):
            while True:
                cursor.execute("INSERT INTO filling VALUES (?)", ["x" * 30])
    try:
        check_refused(journey, journey.client.post("/invite/", journey.fields))
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA max_page_count = 1073741823")
            cursor.execute("DROP TABLE filling")
    check_recovered(journey)


class Cluster:
    """A temporary PostgreSQL server that can be stopped and started."""

    def __init__(self, folder: str) -> None:
        self.folder, self.port = folder, served.free_port()
        self.tools = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
        if os.getuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        self.run("initdb", "-D", f"{folder}/data", "-A", "trust", "-U", "desk", "--no-sync")

    @property
    def url(self) -> str:
        return f"postgresql://desk@127.0.0.1:{self.port}/postgres"

    def run(self, tool: str, *arguments: str) -> None:
        user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        command = [*user, str(self.tools / tool), *arguments]
        subprocess.run(command, check=True, cwd=self.folder, stdout=subprocess.DEVNULL)

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1"
        self.run(
            "pg_ctl", "-w", "-D", f"{self.folder}/data", "-l", f"{self.folder}/log", "-o", options, "start"
        )

    def stop(self) -> None:
        self.run("pg_ctl", "-w", "-m", "immediate", "-D", f"{self.folder}/data", "stop")


@POSTGRESQL_ONLY
@pytest.mark.xdist_group("killed")
def test_nothing_is_sent_while_postgresql_is_down_and_the_portal_reconnects():
    with tempfile.TemporaryDirectory() as folder, served.standin() as awork:
        cluster = Cluster(folder)
        cluster.start()
        one = RunningDesk(awork, cluster.url)
        try:
            served.prepare(one.env)
            one.start()
            served.sign_in(one.browser, one.address)
            form = one.form("WEB-12", "carla@creative.example")
            cluster.stop()
            refused = one.browser.post("/invite/", data=form)
            assert refused.status_code == 500
            assert "<h1" in refused.text
            assert one.browser.get("/healthz").status_code == 503
            assert one.invitations_received("carla@creative.example") == 0

            cluster.start()
            end = time.monotonic() + 20
            while one.browser.get("/healthz").status_code != 200:
                assert time.monotonic() < end
                time.sleep(0.2)
            one.browser.post("/invite/", data=form)
            assert one.latest("state") == "sent"
            assert one.invitations_received("carla@creative.example") == 1
        finally:
            one.kill()
            cluster.stop()
