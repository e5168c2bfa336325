import io

import pytest
from django.core.management import call_command

from invites.audit import checkpoints, triggers
from invites.audit.catalogue import EventType
from invites.audit.models import Checkpoint, Event
from invites.audit.record import record
from tests.invites.audit.conftest import WORKSPACE

pytestmark = pytest.mark.django_db


@pytest.fixture
def written(paula):
    return [record(EventType.SIGNED_IN, by=paula) for _ in range(3)]


def run(*args):
    """The exit code."""
    with pytest.raises(SystemExit) as ended:
        call_command("verify_audit", *args)
    return ended.value.code


def last():
    return Event.objects.order_by("-sequence").first()


@pytest.fixture
def published(settings, tmp_path):
    """Where the checkpoints go, perhaps those of the desk that this database is a copy of."""
    file = tmp_path / "published.txt"
    file.write_text("")
    settings.AUDIT_CHECKPOINTS = str(file)
    return file


def test_a_whole_log_ends_with_0_and_nothing_is_written(written, capsys, published):
    assert run() == 0

    assert "intact, 3 events, 0 people, 0 checkpoints" in capsys.readouterr().out
    assert (last().sequence, Checkpoint.objects.count(), published.read_text()) == (3, 0, "")


def test_a_whole_log_is_signed_and_delivered_if_asked(written, published):
    assert run("--record") == 0

    assert (last().type, last().outcome, last().details["events"]) == ("verified", "whole", 3)
    assert Checkpoint.objects.get().sequence == last().sequence == 4
    assert published.read_text() == f"{Checkpoint.objects.get().line}\n"
    assert run() == 0


def test_a_broken_log_ends_with_1_and_is_not_signed(written, capsys):
    triggers.remove("default")
    Event.objects.filter(sequence=2).update(outcome="x")

    assert run() == 1
    assert last().sequence == 3
    assert run("--record") == 1

    assert "BROKEN at event 2: it was changed after it was recorded" in capsys.readouterr().out
    assert (last().outcome, last().details["sequence"]) == ("broken", 2)
    assert not Checkpoint.objects.exists()


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_sees_how_far_it_is(written, monkeypatch):
    monkeypatch.setattr("invites.audit.verify.STEP", 2)
    terminal = Terminal()
    with pytest.raises(SystemExit):
        call_command("verify_audit", stderr=terminal)
    assert terminal.getvalue() == "2 of 3 (66 %)\r"


def test_a_checkpoint_that_was_kept_tells_of_a_cut_tail(written, tmp_path):
    file = tmp_path / "kept.txt"
    file.write_text(checkpoints.create(written[2]) + "\n\n")
    assert run("--checkpoint", str(file)) == 0

    triggers.remove("default")
    Checkpoint.objects.all().delete()
    Event.objects.filter(sequence__gt=1).delete()
    assert run("--checkpoint", str(file), "--record") == 1
    assert last().details["problem"].startswith("it is missing")


def test_a_chain_that_is_gone_as_a_whole(written, tmp_path, capsys):
    file = tmp_path / "kept.txt"
    file.write_text(checkpoints.create(written[2]))
    triggers.remove("default")
    Checkpoint.objects.all().delete()
    Event.objects.all().delete()
    assert run("--checkpoint", str(file)) == 1
    assert f"{WORKSPACE}: BROKEN at event 1" in capsys.readouterr().out


def test_a_database_without_events_ends_with_2(db, capsys):
    """As a copy of SQLite's file without its write-ahead log has none."""
    assert run() == 2
    assert "Could not verify: there are no events in" in capsys.readouterr().err


def test_what_cannot_be_run_ends_with_2(written, tmp_path, settings, capsys):
    assert run("--checkpoint", str(tmp_path / "missing")) == 2
    for content in (b"nonsense", b"\xff\xfe"):
        (tmp_path / "odd").write_bytes(content)
        assert run("--checkpoint", str(tmp_path / "odd")) == 2
    line = checkpoints.create(written[2])
    (tmp_path / "forged").write_text(line.replace(" 3 ", " 2 ", 1))
    assert run("--checkpoint", str(tmp_path / "forged")) == 2
    assert "Could not verify" in capsys.readouterr().err
