"""A backup under traffic, restored elsewhere with production's environment."""

import re
import sqlite3
import stat
from contextlib import closing
from threading import Event as Flag
from threading import Thread

import psycopg
import pytest
from django.db import connection

from invites.audit import delivery
from invites.audit.models import Checkpoint, Event
from invites.backups.backup import backup
from invites.backups.contents import BackupError
from tests import served
from tests.environment import PINNED

pytestmark = pytest.mark.django_db(transaction=True)
CHAIN = "SELECT workspace, sequence, hash FROM audit_event ORDER BY workspace, sequence"
LINES = "SELECT line FROM audit_checkpoint ORDER BY id"


def rows(url, statement):
    """What another database gives, with ids as text."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as other:
            found = other.execute(statement).fetchall()
    else:
        with psycopg.connect(url) as other:
            found = other.execute(statement).fetchall()
    return [
        tuple(str(value).replace("-", "") if value != row[-1] else value for value in row) for row in found
    ]


def ours(events):
    found = events.order_by("workspace", "sequence").values_list("workspace", "sequence", "hash")
    return [(workspace.hex, str(sequence), hash) for workspace, sequence, hash in found]


def test_a_backup_under_traffic_is_restored_elsewhere(new_invitation, send, published, tmp_path):
    unsaved = [new_invitation(email=f"guest{number}@creative.example") for number in range(20)]
    some_are_sent = Flag()

    def traffic():
        for number, one in enumerate(unsaved):
            send(one)
            if number == 6:
                some_are_sent.set()
        connection.close()

    sending = Thread(target=traffic)
    sending.start()
    assert some_are_sent.wait(30)
    held = backup(tmp_path / "desk.backup")
    is_under_traffic = sending.is_alive()
    sending.join()
    assert is_under_traffic
    assert delivery.deliver_now()  # in the backup they still wait
    assert 7 <= held.invitations < 20
    assert stat.S_IMODE((tmp_path / "desk.backup").stat().st_mode) == 0o600
    assert sorted(one.name for one in tmp_path.iterdir()) == ["desk.backup", "published.txt"]

    before = published.read_bytes()
    [(_, last, _)] = held.ends
    with served.database() as url:
        env = served.clean_environment(**PINNED, DATABASE_URL=url, AUDIT_CHECKPOINTS=str(published))
        restored = served.run(["manage.py", "restore", str(tmp_path / "desk.backup")], env)
        verified = served.run(["manage.py", "verify_audit", "--checkpoint", str(published)], env)
        there, lines = rows(url, CHAIN), [line for (line,) in rows(url, LINES)]
        [(waiting,)] = rows(url, "SELECT count(*) FROM audit_undeliveredcheckpoint")

    assert (restored.returncode, restored.stderr) == (0, "")
    assert f"workspaces: 1, invitations: {held.invitations}, events: {held.events}\n" in restored.stdout
    assert re.search(
        rf"^[0-9a-f-]{{36}}: last event {last}, 20..-..-.. ..:..:.. UTC$", restored.stdout, re.MULTILINE
    )
    assert verified.returncode == 0, verified.stdout
    assert waiting == 0
    assert "checkpoints that waited for delivery, and are not delivered: " in restored.stdout
    assert there[:-1] == ours(Event.objects.filter(sequence__lte=last))
    assert lines[:-1] == [one.line for one in Checkpoint.objects.filter(sequence__lte=last).order_by("id")]
    end = max(one.sequence for one in Checkpoint.objects.all())
    assert there[-1][1] == str(end + 1)
    assert f"intact, {last + 1} events" in verified.stdout
    assert f"; a restore lost {last + 1} to {end}" in verified.stdout
    assert published.read_bytes() == before


def test_a_file_that_is_there_is_not_replaced(tmp_path):
    (tmp_path / "desk.backup").write_text("mine")
    with pytest.raises(BackupError, match="is there already"):
        backup(tmp_path / "desk.backup")
    assert (tmp_path / "desk.backup").read_text() == "mine"


def test_what_cannot_be_written_leaves_nothing(tmp_path):
    with pytest.raises(BackupError):
        backup(tmp_path / "missing" / "desk.backup")
    assert not list(tmp_path.iterdir())
