"""The program that an auditor runs at home, on true and on tampered files."""

import json
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from invites.audit import checkpoints, verify_export
from invites.audit.catalogue import EventType
from invites.audit.chain import GENESIS, link
from invites.audit.erase import Guest, erase
from invites.audit.fields import canonical
from invites.audit.record import record
from tests.invites.audit.conftest import *  # noqa: F403

pytestmark = pytest.mark.django_db
PROGRAM = Path(verify_export.__file__)


@pytest.fixture
def exported(reader, paula, snapshot, tmp_path):
    """An export of five events, and the checkpoint that was made at the fourth."""
    for number in range(4):
        event = record(EventType.INVITATION_SENT, by=paula, snapshot=snapshot, details={"n": number})
    (tmp_path / "kept.txt").write_text(checkpoints.create(event))
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


def test_an_erased_person_is_no_problem_and_one_taken_out_is(exported, reader, paula, snapshot):
    erase(
        Guest(snapshot.email, frozenset(), "erased-1"),
        workspaces=[paula.workspace],
        by=paula,
        reason="x",
    )
    (exported / "export.jsonl").write_bytes(reader.get("/audit/export.jsonl").getvalue())
    assert b"carla" not in (exported / "export.jsonl").read_bytes()
    assert run(exported, "kept")[0] == 0

    (exported / "export.jsonl").write_bytes(reader.get("/audit/export.jsonl?type=invitation-sent").getvalue())
    code, words = run(exported, "kept")
    assert (code, "Filters were on" in words) == (0, True)


def twice(rows):
    """A copy of an event in the place of another one."""
    rows[2] = rows[3]


def shuffled(rows):
    """An event written anew; no two neighbours stand beside each other, so that the lines fit one by one."""
    event = rows[2]["event"]
    event["outcome"] = "x"
    rows[2]["hash"] = link(rows[2]["previous"], canonical(event).encode())
    rows[:-1] = [*rows[0:-1:2], *rows[1:-1:2]]


def test_lines_may_stand_in_any_order(exported):
    change(exported, lambda rows: rows.__setitem__(slice(0, -1), [*rows[0:-1:2], *rows[1:-1:2]]))
    assert run(exported, "kept")[0] == 0


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
        (lambda rows: rows[2].update(people=[]), "the people of event 3 were changed"),
        (lambda rows: rows[2].update(people=[None]), "people of event 3 are gone, and no erasure says so"),
        (twice, "events are missing"),
        (shuffled, "event 4 does not follow event 3"),
        (lambda rows: written_anew(rows, previous="1" * 64), "events are missing"),
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


def written_anew(rows, previous=GENESIS):
    """As somebody who controls portal and database could write it."""
    for row in reversed(rows[:-1]):
        row["event"]["outcome"] = "nothing to see"
        row["previous"] = previous
        previous = row["hash"] = link(previous, canonical(row["event"]).encode())
    rows[-1]["export"]["chains"][0]["hash"] = previous


def test_a_second_checkpoint_does_not_stand_in_for_the_first(exported):
    change(exported, written_anew)
    rows = [json.loads(line) for line in (exported / "export.jsonl").read_text().splitlines()]
    event = rows[1]["event"]
    with (exported / "kept.txt").open("a") as kept:
        kept.write("\n" + checkpoints.sign(UUID(event["workspace"]), event["sequence"], rows[1]["hash"]))
    code, words = run(exported, "kept")
    assert code == 1
    assert "two checkpoints at 4 differ" in words


def test_a_cut_tail_is_told_by_the_checkpoint(exported):
    def cut(rows):
        del rows[:2]
        end = {"sequence": 3, "hash": rows[0]["hash"], "workspace": rows[0]["event"]["workspace"]}
        rows[-1]["export"].update(count=3, chains=[end])

    change(exported, cut)
    assert run(exported)[0] == 0
    code, words = run(exported, "kept")
    assert code == 1
    assert "the log ends before event 4: it was cut" in words


def test_a_checkpoint_of_another_key_is_told(exported, settings):
    ours = checkpoints.public_key()
    settings.AUDIT_KEY = Ed25519PrivateKey.generate().private_bytes_raw()
    assert run(exported, "kept", key=checkpoints.public_key())[0] == 1
    assert run(exported, "kept", key=ours)[0] == 0
