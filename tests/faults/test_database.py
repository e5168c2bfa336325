"""The database refuses: nothing is asked of awork without a committed row, and all goes on afterwards."""

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
from tests.faults.desk import Desk, desk
from tests.faults.journey import INVITE, Journey

SQLITE_ONLY = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="about SQLite's file")
POSTGRESQL_ONLY = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="about PostgreSQL's server")


@pytest.fixture
def journey(standin, settings):
    one = Journey(standin)
    assert one.sign_in()
    one.look_around()
    one.client.raise_request_exception = False
    return one


def check_refused(journey, response):
    """A plain page, and nothing happened."""
    assert response.status_code == 500
    assert "Traceback" not in response.content.decode()
    assert "<h1" in response.content.decode()
    assert journey.standin.count(*INVITE) <= Invitation.objects.count()  # no call without its row


def check_recovered(journey):
    """The same form is sent once, without a restart: now, or before its outcome could not be written."""
    journey.recover()
    assert journey.send() == "sent"
    assert journey.standin.count(*INVITE) == 1
    invitation = Invitation.objects.get()
    journey.check_settled(invitation)
    journey.check_chain(invitation.workspace_id)
    assert Event.objects.filter(type="invitation-requested").count() == 1


@contextmanager
def patience(seconds):
    """How long SQLite waits for the lock: twenty seconds otherwise."""
    options = connection.settings_dict["OPTIONS"]
    kept = options["timeout"]
    connection.close()
    options["timeout"] = seconds
    try:
        yield
    finally:
        connection.close()
        options["timeout"] = kept


@SQLITE_ONLY
@pytest.mark.django_db(transaction=True)
def test_a_locked_file_lets_nothing_out(journey):
    with patience(0.2):
        other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        check_refused(journey, journey.client.post("/invite/", journey.fields))
        other.execute("ROLLBACK")
        other.close()
        check_recovered(journey)


@SQLITE_ONLY
@pytest.mark.django_db(transaction=True)
def test_a_file_that_is_locked_while_awork_answers_does_not_make_it_ask_again(journey):
    journey.standin.fault(*INVITE, "delay_after", seconds=1)
    other = sqlite3.connect(
        connection.settings_dict["NAME"], isolation_level=None, check_same_thread=False, timeout=5
    )

    def lock():
        while not journey.truth:
            time.sleep(0.01)
        other.execute("BEGIN IMMEDIATE")

    locking = threading.Thread(target=lock)
    with patience(0.2):
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
def test_a_served_portal_with_a_full_disk_lets_nothing_out_and_goes_on_when_there_is_room():
    with desk() as one:
        form = one.form("WEB-12", "carla@creative.example")
        with one.full_disk():
            refused = one.browser.post("/invite/", data=form)
            assert refused.status_code == 500
            assert "<h1" in refused.text
            assert one.browser.get("/healthz").status_code in {200, 503}
            assert one.invited("carla@creative.example") == 0

        one.browser.post("/invite/", data=form)
        assert one.last("state") == "sent"
        assert one.invited("carla@creative.example") == 1


@SQLITE_ONLY
@pytest.mark.django_db(transaction=True)
def test_a_full_disk_lets_nothing_out(journey):
    journey.fields |= {"first_name": "C" * 990, "last_name": "D" * 990}  # too much for pages half used
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
    """A PostgreSQL server of its own that can be stopped and started."""

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
def test_a_server_that_was_stopped_lets_nothing_out_and_is_taken_up_again():
    with tempfile.TemporaryDirectory() as folder, served.standin() as awork:
        cluster = Cluster(folder)
        cluster.start()
        one = Desk(awork, cluster.url)
        try:
            served.prepare(one.told)
            one.start()
            served.sign_in(one.browser, one.address)
            form = one.form("WEB-12", "carla@creative.example")
            cluster.stop()
            refused = one.browser.post("/invite/", data=form)
            assert refused.status_code == 500
            assert "<h1" in refused.text
            assert one.browser.get("/healthz").status_code == 503
            assert one.invited("carla@creative.example") == 0

            cluster.start()
            end = time.monotonic() + 20
            while one.browser.get("/healthz").status_code != 200:
                assert time.monotonic() < end
                time.sleep(0.2)
            one.browser.post("/invite/", data=form)
            assert one.last("state") == "sent"
            assert one.invited("carla@creative.example") == 1
        finally:
            one.kill()
            cluster.stop()
