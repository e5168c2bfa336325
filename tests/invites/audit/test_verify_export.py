"""The program that an auditor runs at home, on true and on tampered files."""

import json
import os
import subprocess
import sys
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from invites.audit import chain, checkpoints, triggers, verify_export
from invites.audit.catalogue import EventType
from invites.audit.chain import GENESIS, link
from invites.audit.erase import Guest, erase
from invites.audit.fields import canonical
from invites.audit.models import Checkpoint, Event
from invites.audit.record import record
from invites.audit.restored import record_restore
from invites.audit.rotation import rotate
from portal.actor import PORTAL_WORKSPACE
from tests.invites.audit.conftest import WORKSPACE

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
    file.write_text("".join(canonical(row) + "\n" for row in rows))


def end(rows, at=None):
    """Make the summary fit the rows, as somebody with the signing key could."""
    newest, chain = rows[0], rows[-1]["export"]["chains"][0]
    chain |= {"sequence": newest["event"]["sequence"], "hash": newest["hash"]}
    at = at or datetime.now(UTC)
    chain["checkpoint"] = checkpoints.sign(UUID(chain["workspace"]), chain["sequence"], chain["hash"], at)
    rows[-1]["export"] |= {"count": len(rows) - 1, "time": f"{at:%Y-%m-%dT%H:%M:%S.%fZ}"}


def test_it_is_short_and_uses_nothing_but_python():
    source = PROGRAM.read_text()
    assert len(source.splitlines()) <= 220
    assert "django" not in source
    assert "invites" not in source


def test_a_true_export(exported):
    code, words = run(exported, "kept")
    assert code == 0
    assert words.startswith(
        "5 events intact; 1 of your 1 checkpoints compared\nComplete to event 5, signed 20"
    )


def test_without_checkpoints_nothing_was_compared(exported):
    code, words = run(exported)
    assert code == 4
    assert ", 0 compared: " in words


def test_a_chain_without_a_checkpoint_of_the_auditor_was_not_compared(exported, reader, paula):
    record(EventType.SIGN_IN_REFUSED, by=replace(paula, workspace=PORTAL_WORKSPACE))
    (exported / "export.jsonl").write_bytes(reader.get("/audit/export.jsonl").getvalue())
    code, words = run(exported, "kept")
    assert (code, f", 0 compared: {PORTAL_WORKSPACE}" in words) == (4, True)


def test_checkpoints_saved_after_the_export_are_younger_and_no_failure(exported, reader, paula):
    record(EventType.SIGN_IN_REFUSED, by=replace(paula, workspace=PORTAL_WORKSPACE))
    (exported / "export.jsonl").write_bytes(reader.get("/audit/export.jsonl").getvalue())
    (exported / "kept.txt").write_bytes(reader.get("/audit/checkpoints.txt").content)
    code, words = run(exported, "kept")
    assert code == 0
    assert "7 events intact; 4 of your 5 checkpoints compared" in words
    assert "Younger than the export, so not compared: checkpoint at 7, 20" in words


def test_a_filtered_export_says_so_in_words_and_exit_code(exported, reader):
    (exported / "export.jsonl").write_bytes(reader.get("/audit/export.jsonl?type=invitation-sent").getvalue())
    code, words = run(exported, "kept")
    assert code == 3
    assert "Filtered: only what is here was checked. The filters are {'type': 'invitation-sent'}" in words


@pytest.mark.parametrize(
    "filters", [{"type": "signed-in"}, {"": ""}, [0], 1, True, "x", {"q": "\x1b[31m\u202e"}]
)
def test_a_cut_export_cannot_pass_by_claiming_filters(exported, filters):
    def cut(rows):
        del rows[1:-1]
        rows[-1]["export"] |= {"count": 1, "filters": filters}

    change(exported, cut)
    code, words = run(exported, "kept")
    assert code == (3 if isinstance(filters, dict) else 2)
    assert "omplete" not in words
    assert words.isascii()
    assert words.replace("\n", "").isprintable()


def test_an_erased_person_is_no_problem(exported, reader, paula, snapshot):
    erase(
        Guest(snapshot.email, frozenset(), "erased-1"),
        workspaces=[paula.workspace],
        by=paula,
        reason="x",
    )
    (exported / "export.jsonl").write_bytes(reader.get("/audit/export.jsonl").getvalue())
    assert b"carla" not in (exported / "export.jsonl").read_bytes()
    assert run(exported, "kept")[0] == 0


def twice(rows):
    """A copy of an event in the place of another one."""
    rows[2] = rows[3]


def shuffled(rows):
    """A changed event with a new hash; no two neighbours beside each other."""
    event = rows[2]["event"]
    event["outcome"] = "x"
    rows[2]["hash"] = link(rows[2]["previous"], canonical(event).encode())
    rows[:-1] = [*rows[0:-1:2], *rows[1:-1:2]]


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (lambda rows: rows[2]["event"].update(outcome="x"), "event 3 was changed"),
        (lambda rows: rows[2]["event"].update(at="2026-01-01T00:00:00.000000Z"), "event 3 was changed"),
        (lambda rows: rows[2]["people"][0].update(email="x@y.example"), "people of event 3 were changed"),
        (lambda rows: rows.pop(2), "4 events are there, 5 were exported"),
        (lambda rows: rows.pop(2) and rows[-1]["export"].update(count=4), "events are missing"),
        (lambda rows: rows.pop(), "incomplete: the last line, which says what was exported, is missing"),
        (lambda rows: rows.pop(0) and rows[-1]["export"].update(count=4), "events are missing"),
        (lambda rows: rows.pop(0) and end(rows), "the log was cut before event 5"),
        (lambda rows: rows[2].update(people=[]), "people of event 3 were changed"),
        (lambda rows: rows[2].update(people=[None]), "people of event 3 are gone, and no erasure says so"),
        (twice, "event 2 is there twice"),
        (shuffled, "event 4 does not follow event 3"),
        (lambda rows: rows.insert(0, rows.pop(1)), "the events are not in the order of the export"),
        (lambda rows: rewrite(rows, previous="1" * 64), "events are missing"),
        (lambda rows: rows[-1]["export"]["chains"].clear(), "a chain is missing in the last line"),
        (lambda rows: rows[-1]["export"]["chains"][0].update(sequence=9), "the last line differs"),
        (
            lambda rows: rows[-1]["export"].update(time="2026-01-01T00:00:00.000000Z"),
            "the last line differs",
        ),
    ],
)
def test_what_was_tampered_with_is_told(exported, reader, tamper, said):
    with (exported / "kept.txt").open("ab") as kept:
        kept.write(b"\n" + reader.get("/audit/checkpoints.txt").content)
    change(exported, tamper)
    code, words = run(exported, "kept")
    assert code == 1
    assert said in words


def rewrite(rows, previous=GENESIS):
    """Rewrite the chain, as somebody who controls the desk and the database could."""
    for row in reversed(rows[:-1]):
        row["event"]["outcome"] = "nothing to see"
        row["previous"] = previous
        previous = row["hash"] = link(previous, canonical(row["event"]).encode())
    end(rows)


def test_a_rewritten_chain_is_told_by_the_checkpoint(exported):
    change(exported, rewrite)
    assert run(exported)[0] == 4
    code, words = run(exported, "kept")
    assert code == 1
    assert "a checkpoint has another hash for event 4" in words


def test_a_second_checkpoint_does_not_stand_in_for_the_first(exported):
    change(exported, rewrite)
    rows = [json.loads(line) for line in (exported / "export.jsonl").read_text().splitlines()]
    event = rows[1]["event"]
    with (exported / "kept.txt").open("a") as kept:
        kept.write("\n" + checkpoints.sign(UUID(event["workspace"]), event["sequence"], rows[1]["hash"]))
    code, words = run(exported, "kept")
    assert code == 1
    assert "two checkpoints at event 4 differ" in words


def cut(rows, at=None):
    del rows[:2]
    end(rows, at)


def test_a_cut_tail_is_told_by_the_checkpoint(exported):
    change(exported, cut)
    assert run(exported)[0] == 4
    code, words = run(exported, "kept")
    assert code == 1
    assert "the log was cut before event 4" in words


def test_an_older_export_is_dated_by_its_signature(exported):
    change(exported, partial(cut, at=datetime(2026, 3, 1, tzinfo=UTC)))
    code, words = run(exported, "kept")
    assert code == 4  # the checkpoint is younger, so nothing was compared
    assert "Complete to event 3, signed 2026-03-01T00:00:00.000000Z" in words
    assert "Younger than the export, so not compared: checkpoint at 4" in words


def test_a_checkpoint_of_another_key_is_told(exported, settings):
    ours = checkpoints.public_key()
    settings.AUDIT_KEY = Ed25519PrivateKey.generate().private_bytes_raw()
    assert run(exported, "kept", key=checkpoints.public_key())[0] == 1
    assert run(exported, "kept", key="no key")[0] == 1
    assert run(exported, "kept", key=ours)[0] == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["missing"], "No such file"),
        (["."], "Is a directory"),
        ([], "Exit codes"),
        (["export.jsonl", "kept.txt"], "Exit codes"),
        (["export.jsonl", "kept.txt", ""], "Exit codes"),
        (["export.jsonl", "export.jsonl", "A" * 43 + "="], "Not verified: line 1 of 'export.jsonl': "),
        (["kept.txt"], "Not verified: line 1 of 'kept.txt': "),
    ],
)
def test_what_cannot_be_verified_ends_with_2(exported, arguments, words):
    done = subprocess.run(
        [sys.executable, PROGRAM, *arguments], cwd=exported, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (2, "")
    assert words in done.stdout


# What checks the signatures.

DAMAGED = "raise BaseException('a panic')"


def run_without_packages(folder, path, key=""):
    """As on a machine whose Python has no package, and whose programs are in this folder."""
    command = [sys.executable, "-S", PROGRAM, "export.jsonl", "kept.txt", key or checkpoints.public_key()]
    done = subprocess.run(
        command, cwd=folder, env={"PATH": str(path)}, capture_output=True, text=True, check=False
    )
    assert not done.stderr
    return done.returncode, done.stdout


@pytest.mark.parametrize("openssl", ["", "exit 1", "exit 0", "echo 'unknown option -rawin' >&2; exit 1"])
def test_a_machine_that_cannot_check_signatures_says_so(exported, tmp_path_factory, openssl):
    programs = tmp_path_factory.mktemp("bin")
    if openssl:
        (programs / "openssl").write_text(f"#!/bin/sh\n{openssl}\n")
        (programs / "openssl").chmod(0o755)
    code, words = run_without_packages(exported, programs)
    assert code == 5
    assert words.startswith("Cannot verify here: install")
    assert "signed" not in words


def test_openssl_checks_signatures_where_the_package_is_missing(exported):
    path = os.environ["PATH"]
    assert run_without_packages(exported, path)[0] == 0
    assert run_without_packages(exported, path, "A" * 43 + "=")[0] == 1
    change(exported, lambda rows: rows[-1]["export"]["chains"][0].update(checkpoint=forged(rows)))
    code, words = run_without_packages(exported, path)
    assert (code, "is not signed by its key" in words) == (1, True)


def forged(rows):
    """The checkpoint in the last line, with a signature of another statement."""
    line = rows[-1]["export"]["chains"][0]["checkpoint"]
    other = checkpoints.sign(UUID(int=1), 1, "ab" * 32)
    return f"{line.rsplit(' ', 1)[0]} {other.rsplit(' ', 1)[1]}"


def test_openssl_checks_signatures_where_the_package_is_damaged(exported):
    (exported / "cryptography").mkdir()
    (exported / "cryptography" / "__init__.py").write_text(DAMAGED)
    command = [sys.executable, "-S", PROGRAM, "export.jsonl"]
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(exported)}
    done = subprocess.run(command, cwd=exported, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (4, "")


# A replaced key.


def fresh():
    return Ed25519PrivateKey.generate().private_bytes_raw()


@pytest.fixture
def rotated(exported, reader, paula, settings):
    """The same, and the key was replaced after event 5; its handover is in the export only."""
    old = checkpoints.public_key()
    settings.AUDIT_KEY, settings.AUDIT_KEY_FALLBACKS = fresh(), [settings.AUDIT_KEY]
    rotate()
    settings.AUDIT_KEY_FALLBACKS = []
    record(EventType.SIGNED_IN, by=paula)
    export(exported, reader)
    return old


def export(folder, reader, query=""):
    (folder / "export.jsonl").write_bytes(reader.get(f"/audit/export.jsonl{query}").getvalue())


def save(folder, reader):
    (folder / "kept.txt").write_bytes(reader.get("/audit/checkpoints.txt").content)


@pytest.mark.parametrize("is_old", [True, False])
def test_the_handovers_lead_from_either_key_to_the_other(exported, rotated, reader, is_old):
    key = rotated if is_old else checkpoints.public_key()
    code, words = run(exported, "kept", key=key)
    assert code == 4, words  # the portal's chain began with the handover
    assert "1 of your 1 checkpoints compared" in words
    save(exported, reader)
    assert run(exported, "kept", key=key)[0] == 0
    assert run(exported, "kept", key="A" * 43 + "=")[0] == 1
    export(exported, reader, "?type=invitation-sent")
    assert run(exported, "kept", key=key)[0] == 3


def test_an_export_from_before_is_verified_with_the_checkpoints_from_after(exported, reader, settings):
    before = (exported / "export.jsonl").read_bytes()
    old = settings.AUDIT_KEY
    settings.AUDIT_KEY, settings.AUDIT_KEY_FALLBACKS = fresh(), [old]
    rotate()
    (exported / "kept.txt").write_text("\n".join(checkpoints.stored_lines([WORKSPACE])))
    (exported / "export.jsonl").write_bytes(before)
    assert run(exported, "kept")[0] == 0


def resigned(rows, seed, settings):
    """Sign the end of the export with this key instead."""
    present, settings.AUDIT_KEY = settings.AUDIT_KEY, seed
    Checkpoint.objects.all().delete()
    end(rows)
    settings.AUDIT_KEY = present


@pytest.mark.parametrize("handovers", ["all", "none"])
def test_what_a_stolen_old_key_signs_after_the_handover_does_not_count(exported, reader, settings, handovers):
    old = settings.AUDIT_KEY
    public = checkpoints.public_key()
    settings.AUDIT_KEY, settings.AUDIT_KEY_FALLBACKS = fresh(), [old]
    rotate()
    export(exported, reader)
    triggers.remove("default")

    def forge(rows):
        rows[:] = [row for row in rows if row.get("event", {}).get("workspace") != str(PORTAL_WORKSPACE)]
        chains = rows[-1]["export"]["chains"]
        chains[:] = [one for one in chains if one["workspace"] == str(WORKSPACE)]
        settings.AUDIT_KEY_FALLBACKS = []
        resigned(rows, old, settings)
        if handovers == "none":
            del rows[-1]["export"]["handovers"]

    change(exported, forge)
    code, words = run(exported, "kept", key=public)
    assert code == 1
    assert "is signed by a replaced key" in words


def test_a_replaced_key_signs_no_chain_that_has_no_handover(exported, rotated, settings):
    """The old key was stolen, and one chain was cut off before its handover."""
    old = b"tests-only-tests-only-tests-only"
    triggers.remove("default")

    def forge(rows):
        about = rows[-1]["export"]
        rows[:-1] = [row for row in rows[:-1] if not is_after(row["event"], 5)]
        own = next(one for one in about["chains"] if one["workspace"] == str(WORKSPACE))
        last = next(row for row in rows if row["event"]["workspace"] == str(WORKSPACE))
        own |= {"sequence": 5, "hash": last["hash"]}
        present, settings.AUDIT_KEY = settings.AUDIT_KEY, old
        at = datetime.fromisoformat(about["time"])
        Checkpoint.objects.all().delete()
        own["checkpoint"] = checkpoints.sign(WORKSPACE, 5, last["hash"], at)
        settings.AUDIT_KEY = present
        about["count"] = len(rows) - 1
        about["handovers"] = [line for line in about["handovers"] if str(WORKSPACE) not in line]

    change(exported, forge)
    code, words = run(exported, "kept", key=rotated)
    assert code == 1
    assert words.splitlines() == [
        "the checkpoint at event 4 is signed by a replaced key",
        "the checkpoint at event 5 is signed by a replaced key",
    ]


def is_after(event, sequence):
    return event["workspace"] == str(WORKSPACE) and event["sequence"] > sequence


def test_a_handover_to_a_thief_is_not_signed_by_the_key_of_the_auditor(exported, rotated, settings, reader):
    """The old key was stolen: from the new one, which the auditor has, nothing leads to the thief's."""
    theirs = Ed25519PrivateKey.generate()
    present = checkpoints.public_key()
    settings.AUDIT_KEY = theirs.private_bytes_raw()
    settings.AUDIT_KEY_FALLBACKS = [b"tests-only-tests-only-tests-only"]
    public = b64encode(theirs.public_key().public_bytes_raw()).decode()
    line = checkpoints.hand_over(WORKSPACE, 9, "ab" * 32, rotated, public)
    change(exported, lambda rows: rows[-1]["export"]["handovers"].append(line))
    for key in (present, rotated):
        code, words = run(exported, "kept", key=key)
        assert code == 1
        assert "a handover does not lead to KEY, or a key was handed over twice" in words


def test_a_handover_that_one_key_alone_has_signed_is_none(exported, rotated):
    def forge(rows):
        *statement, first, _ = rows[-1]["export"]["handovers"][0].split(" ")
        rows[-1]["export"]["handovers"][0] = " ".join([*statement, first, first])

    change(exported, forge)
    code, words = run(exported, "kept", key=rotated)
    assert (code, "is not signed by its key" in words) == (1, True)


def test_a_handover_in_another_place_is_told(exported, rotated):
    def move(rows):
        rotation = next(row for row in rows if row.get("event", {}).get("sequence") == 7)
        assert rotation["event"]["type"] == "audit-key-rotated"
        rotation["event"]["details"]["handover"] = rows[-1]["export"]["handovers"][0]

    change(exported, move)
    code, words = run(exported, "kept", key=rotated)
    assert (code, "the handover in event 7 is another's" in words) == (1, True)


@pytest.mark.parametrize("is_honest", [True, False])
def test_events_that_a_restore_has_lost(exported, reader, paula, is_honest):
    """The auditor's checkpoint at the eighth is about an event that was lost."""
    kept = (exported / "kept.txt").read_text()
    (exported / "kept.txt").write_text(f"{kept}\n{checkpoints.sign(paula.workspace, 8, 'ab' * 32)}")
    event = record_restore(9, by=paula)
    if not is_honest:
        details = {"last_after": event.sequence - 5, "last_before": 9}
        hash = link(event.previous, canonical(chain.body(event) | {"details": details}).encode())
        triggers.remove("default")
        Event.objects.filter(id=event.id).update(details=details, hash=hash)
    (exported / "export.jsonl").write_bytes(reader.get("/audit/export.jsonl").getvalue())
    code, words = run(exported, "kept")
    assert code == (0 if is_honest else 1)
    said = "Lost by the restore of event 10: events 7 to 9:" if is_honest else "yet events are missing"
    assert said in words
