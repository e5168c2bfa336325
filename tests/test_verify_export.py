"""The program that an auditor runs at home, on true and on tampered files."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from invites.audit import checkpoints
from invites.audit.log import record
from invites.audit.types import EventType
from tests.invites.audit.conftest import *  # noqa: F403

pytestmark = pytest.mark.django_db
PROGRAM = Path(__file__).parent / "verify_export.py"


@pytest.fixture
def exported(reader, paula, subject, tmp_path):
    """An export of five events, and the checkpoint that was made at the fourth."""
    for number in range(4):
        event = record(EventType.INVITATION_SENT, by=paula, subject=subject, details={"n": number})
    (tmp_path / "kept.txt").write_text(checkpoints.make(event))
    record(EventType.SIGNED_IN, by=paula)
    (tmp_path / "export.jsonl").write_bytes(reader.get("/audit/export.jsonl").getvalue())
    return tmp_path


def run(folder, *args, key=None):
    """Exit code and words, with or without the checkpoint."""
    command = [sys.executable, PROGRAM, folder / "export.jsonl"]
    if "kept" in args:
        command += [folder / "kept.txt", key or checkpoints.public_key()]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not done.stderr
    return done.returncode, done.stdout


def change(folder, tamper):
    file = folder / "export.jsonl"
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    tamper(rows)
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))


def test_it_is_short_and_uses_nothing_but_python():
    source = PROGRAM.read_text()
    assert len(source.splitlines()) <= 80
    assert "django" not in source
    assert "invites" not in source


def test_a_true_export(exported):
    assert run(exported, "kept") == (0, "5 events as they were written; 1 checkpoints agree\n")
    assert run(exported)[0] == 0


def test_an_erased_person_is_no_problem(exported):
    change(exported, lambda rows: rows[2].update(people=[None]))
    assert run(exported)[0] == 0


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (lambda rows: rows[2]["event"].update(outcome="x"), "event 3 was changed"),
        (lambda rows: rows[2]["event"].update(at="2026-01-01T00:00:00.000000Z"), "event 3 was changed"),
        (lambda rows: rows[2]["people"][0].update(email="x@y.example"), "the people of event 3 were changed"),
        (lambda rows: rows.pop(2), "4 events are there, 5 were exported"),
        (lambda rows: rows.pop(2) and rows[-1]["export"].update(count=4), "events are missing"),
        (lambda rows: rows.pop(), "5 events are there, ? were exported"),
        (lambda rows: rows.pop(0) and rows[-1]["export"].update(count=4), "events are missing"),
    ],
)
def test_what_was_tampered_with_is_told(exported, tamper, said):
    change(exported, tamper)
    code, words = run(exported)
    assert code == 1
    assert said in words


def test_a_chain_written_anew_is_told_by_the_checkpoint(exported):
    change(exported, written_anew)
    assert run(exported)[0] == 0
    code, words = run(exported, "kept")
    assert code == 1
    assert "a checkpoint gives event 4 another hash" in words


def written_anew(rows):
    """As somebody who controls portal and database could write it."""
    from invites.audit.chain import GENESIS, link
    from invites.audit.fields import canonical

    previous = GENESIS
    for row in reversed(rows[:-1]):
        row["event"]["outcome"] = "nothing to see"
        row["previous"] = previous
        previous = row["hash"] = link(previous, canonical(row["event"]).encode())
    rows[-1]["export"]["chains"][0]["hash"] = previous


def test_a_cut_tail_is_told_by_the_checkpoint(exported):
    def cut(rows):
        del rows[:2]
        end = {"sequence": 3, "hash": rows[0]["hash"], "workspace": rows[0]["event"]["workspace"]}
        rows[-1]["export"].update(count=3, chains=[end])

    change(exported, cut)
    assert run(exported)[0] == 0
    code, words = run(exported, "kept")
    assert code == 1
    assert "a checkpoint covers event 4" in words


def test_a_checkpoint_of_another_key_is_told(exported, settings):
    ours = checkpoints.public_key()
    settings.AUDIT_KEY = Ed25519PrivateKey.generate().private_bytes_raw()
    assert run(exported, "kept", key=checkpoints.public_key())[0] == 1
    assert run(exported, "kept", key=ours)[0] == 0
