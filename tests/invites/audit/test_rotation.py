"""Replacing AUDIT_KEY: what is signed before and after, and what forgers make of it."""

from base64 import b64encode
from dataclasses import replace
from html import unescape
from io import StringIO
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command
from django.db import transaction

from invites.audit import chain, checkpoints, keys, triggers, verify
from invites.audit.catalogue import EventType
from invites.audit.keys import KeyReplaced
from invites.audit.models import Checkpoint, Event
from invites.audit.presenters import present
from invites.audit.record import record
from invites.audit.restored import known_ends, known_handovers, record_restore
from invites.audit.rotation import RotationError, rotate
from invites.audit.verify import INVALID_CHECKPOINT, INVALID_HANDOVER
from portal.actor import PORTAL_WORKSPACE
from tests.invites.audit.conftest import WORKSPACE
from tests.threads import at_once

pytestmark = pytest.mark.django_db


def fresh():
    return Ed25519PrivateKey.generate().private_bytes_raw()


def public(seed):
    key = Ed25519PrivateKey.from_private_bytes(seed).public_key()
    return b64encode(key.public_bytes_raw()).decode()


@pytest.fixture
def use(settings):
    """Give the process these keys, as AUDIT_KEY has them after a restart."""

    def use(*seeds):
        settings.AUDIT_KEY, *settings.AUDIT_KEY_FALLBACKS = seeds

    return use


@pytest.fixture
def old(settings):
    return settings.AUDIT_KEY


@pytest.fixture
def written(paula, old):
    """Three events and a checkpoint of the old key."""
    with transaction.atomic():
        for _ in range(3):
            event = record(EventType.SIGNED_IN, by=paula)
        checkpoints.create(event)


@pytest.fixture
def rotated(written, old, use):
    """The new key, which has the log, and is alone in AUDIT_KEY."""
    new = fresh()
    use(new, old)
    rotate()
    use(new)
    return new


def found(kept=()):
    problem = verify.verify(WORKSPACE, [checkpoints.parse(line) for line in kept]).problem
    return (problem.sequence, problem.what) if problem else None


def keys_of(lines):
    return [checkpoints.parse(line).key for line in lines]


def run():
    said = StringIO()
    call_command("rotate_audit_key", stdout=said)
    return said.getvalue()


def test_the_old_key_signs_until_it_is_handed_over_and_counts_up_to_there(written, old, use, paula):
    new = fresh()
    use(new, old)
    assert checkpoints.parse(checkpoints.create(record(EventType.SIGNED_IN, by=paula))).key == public(old)
    assert f"{WORKSPACE}: event 5 hands over" in run()
    use(new)
    checkpoints.create(record(EventType.SIGNED_IN, by=paula))
    lines = checkpoints.stored_lines([WORKSPACE])
    assert keys_of(lines) == [public(old)] * 3 + [public(new)] * 2
    assert found(lines) is None
    event = Event.objects.get(workspace=WORKSPACE, type="audit-key-rotated")
    assert present([event])[0].sentence.endswith("The old key signed up to event 4.")
    assert event.details == {"handover": lines[2]}
    [portal] = Event.objects.filter(workspace=PORTAL_WORKSPACE)
    assert present([portal])[0].sentence.endswith("the key that signs checkpoints, before the first event.")


def test_every_chain_is_handed_over_also_those_that_have_not_begun(written, old, use, settings, paula):
    settings.AWORK_WORKSPACES, new = [UUID(int=8)], fresh()
    use(new, old)
    assert [event.workspace for event in rotate()] == [PORTAL_WORKSPACE, UUID(int=8), WORKSPACE]
    later = record(EventType.SIGNED_IN, by=replace(paula, workspace=UUID(int=9)))
    assert keys_of([checkpoints.create(later)]) == [public(new)]
    use(new)
    assert not any(verify.verify(one, []).problem for one in verify.workspaces())


def test_a_second_run_changes_nothing(written, old, use):
    use(fresh(), old)
    assert "handed over: 2" in run()
    before = Event.objects.count()
    assert "handed over: 0" in run()
    assert Event.objects.count() == before


def test_keys_are_replaced_again_and_again(rotated, old, use):
    third = fresh()
    use(third, rotated)
    rotate()
    use(third)
    assert found(checkpoints.stored_lines([WORKSPACE])) is None


def test_what_cannot_be_replaced_is_said(written, old, use):
    new = fresh()
    for seeds, words in [
        ([old], "one key only"),
        ([old, old], "one key only"),
        ([old, new], "signs already"),
        ([new, fresh()], "present key"),
    ]:
        use(*seeds)
        with pytest.raises(CommandError, match=words):
            run()
    assert not Event.objects.filter(type="audit-key-rotated").exists()
    use(new, old)
    rotate()
    use(old, new)
    with pytest.raises(RotationError, match="was replaced before"):
        rotate()
    use(new, fresh())
    with pytest.raises(RotationError, match="signs already"):
        rotate()


# A process that was not restarted.


def test_a_process_with_the_old_key_only_signs_and_verifies_no_more(
    rotated, old, use, paula, reader, settings
):
    use(old)
    before = Checkpoint.objects.count()
    settings.DEBUG_PROPAGATE_EXCEPTIONS = True
    for attempt in (
        lambda: checkpoints.create(Event.objects.filter(workspace=WORKSPACE).latest("sequence")),
        lambda: reader.get("/audit/export.jsonl"),
        lambda: reader.post("/audit/verify/"),
    ):
        with pytest.raises(KeyReplaced, match="restart"):
            attempt()
    with pytest.raises(SystemExit) as ended:
        call_command("verify_audit", stderr=StringIO())
    assert ended.value.code == 2
    assert Checkpoint.objects.count() == before
    record(EventType.SIGNED_IN, by=paula)
    use(rotated)
    assert found() is None


def test_an_event_that_has_to_be_signed_is_refused_and_left_to_another_process(
    rotated, old, use, paula, monkeypatch
):
    monkeypatch.setattr(checkpoints, "INTERVAL", 5)
    monkeypatch.setattr(verify, "INTERVAL", 5)
    use(old)
    with pytest.raises(KeyReplaced), transaction.atomic():
        record(EventType.SIGNED_IN, by=paula)
    use(rotated)
    assert record(EventType.SIGNED_IN, by=paula).sequence == 5
    assert found() is None


# What forgers do.


def tampered(event, **values):
    """The event with other values and a hash that fits, and those after it too."""
    triggers.remove("default")
    Event.objects.filter(id=event.id).update(**values)
    previous = event.previous
    for one in Event.objects.filter(workspace=WORKSPACE, sequence__gte=event.sequence).order_by("sequence"):
        one.previous = previous
        previous = chain.event_hash(one)
        Event.objects.filter(id=one.id).update(previous=one.previous, hash=previous)


def test_what_the_old_key_signs_later_does_not_count(rotated, old, use, paula):
    last = record(EventType.SIGNED_IN, by=paula)
    use(old)
    statement = f"audit-checkpoint-1 {WORKSPACE} 5 {last.hash} 2026-11-28T12:00:00.000000Z 5 {public(old)}"
    checkpoints.store(WORKSPACE, 5, f"{statement} {keys.sign(public(old), statement)}")
    use(rotated)
    assert found() == (5, INVALID_CHECKPOINT)


def forged_handover(signer, key, successor, sequence=2, other=None):
    """A handover at event 2 or another, with this key's signatures only."""
    use = Ed25519PrivateKey.from_private_bytes(signer)
    event = Event.objects.filter(workspace=WORKSPACE, sequence=sequence).get()
    line = f"audit-handover-1 {WORKSPACE} {sequence} {event.hash} 2026-11-28T12:00:00.000000Z {sequence}"
    line = f"{line} {public(key)} {public(successor)}"
    signatures = [b64encode(use.sign(line.encode())).decode()] * 2
    if other:
        signatures[1] = b64encode(Ed25519PrivateKey.from_private_bytes(other).sign(line.encode())).decode()
    return f"{line} {' '.join(signatures)}"


FORGERIES = [
    *("not signed by the old key", "not signed by the new key", "of foreign keys", "a checkpoint"),
    *("nonsense", "missing"),
]


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_handover_that_a_database_administrator_writes_is_broken(written, old, paula, forgery):
    theirs = fresh()
    line = {
        "not signed by the old key": forged_handover(theirs, old, theirs, sequence=3),
        "not signed by the new key": forged_handover(theirs, theirs, old, sequence=3),
        "a checkpoint": checkpoints.stored_lines([WORKSPACE])[0],
        "of foreign keys": forged_handover(theirs, theirs, theirs, sequence=3),
        "nonsense": "audit-handover-1",
    }.get(forgery)
    record(EventType.KEY_ROTATED, by=paula, details={"handover": line} if line else {})
    assert found() == (4, INVALID_HANDOVER)


def test_a_handover_to_the_key_of_a_thief_is_broken_where_another_key_signs(rotated, old, use):
    """The old key was stolen after it had been replaced."""
    thief = fresh()
    line = forged_handover(old, old, thief, other=thief)
    assert checkpoints.parse(line).is_valid
    checkpoints.store(WORKSPACE, 2, line)
    assert found() == (3, INVALID_HANDOVER)
    with pytest.raises(SystemExit) as ended:
        call_command("verify_audit", checkpoint=None, stdout=StringIO())
    assert ended.value.code == 1


def test_a_key_is_handed_over_once(rotated, old, use):
    line = forged_handover(old, old, rotated, sequence=2, other=rotated)
    assert checkpoints.parse(line).is_valid
    checkpoints.store(WORKSPACE, 2, line)
    assert found() == (3, INVALID_HANDOVER)


def test_a_handover_that_is_of_another_event_is_broken(rotated):
    event = Event.objects.get(workspace=WORKSPACE, type="audit-key-rotated")
    portal = Event.objects.get(workspace=PORTAL_WORKSPACE, type="audit-key-rotated")
    triggers.remove("default")
    Checkpoint.objects.all().delete()
    tampered(event, details=portal.details)
    assert found() == (4, INVALID_HANDOVER)


def test_a_handover_whose_event_was_replaced_is_missed(rotated):
    event = Event.objects.get(workspace=WORKSPACE, type="audit-key-rotated")
    tampered(event, type="signed-in", details={})
    assert found()[0] == 4
    Checkpoint.objects.filter(workspace=WORKSPACE, sequence=4).delete()
    assert found() == (4, "a key was replaced here, and no event says so")


def test_a_handover_that_was_cut_off_is_missed_by_a_checkpoint_kept_outside(rotated):
    kept = checkpoints.stored_lines([WORKSPACE])
    triggers.remove("default")
    Event.objects.filter(workspace=WORKSPACE, sequence__gte=4).delete()
    Checkpoint.objects.filter(workspace=WORKSPACE, sequence__gte=4).delete()
    assert found(kept)[0] == 4
    Checkpoint.objects.filter(workspace=WORKSPACE, line__startswith="audit-handover").delete()
    assert found() == (3, INVALID_CHECKPOINT)


def test_a_handover_whose_checkpoint_was_taken_away(rotated, paula):
    checkpoints.create(record(EventType.SIGNED_IN, by=paula))
    triggers.remove("default")
    Checkpoint.objects.filter(workspace=WORKSPACE, sequence=4).delete()
    assert found() == (4, "its checkpoint is missing")


# What else reads checkpoints.


def test_a_restore_knows_the_handover_that_it_loses(written, old, use, paula):
    new = fresh()
    use(new, old)
    rotate()
    kept = checkpoints.stored_lines([PORTAL_WORKSPACE, WORKSPACE])
    use(new)
    assert {one.is_handover() for one in known_handovers(kept, [])} == {True}
    assert known_ends(kept, []) == {PORTAL_WORKSPACE: 1, WORKSPACE: 4}
    triggers.remove("default")
    Event.objects.filter(workspace=WORKSPACE, sequence__gt=3).delete()
    Checkpoint.objects.filter(workspace=WORKSPACE, sequence__gt=3).delete()
    Checkpoint.objects.filter(line__startswith="audit-handover", workspace=WORKSPACE).delete()
    record_restore(4, known_handovers(kept, []), by=paula)
    assert found() is None
    assert found(line for line in kept if str(WORKSPACE) in line) is None
    record_restore(0, known_handovers(kept, []), by=paula)
    assert len(checkpoints.handovers([WORKSPACE])) == 1


def test_checkpoints_of_both_keys_are_compared(rotated, old, use, tmp_path):
    file = tmp_path / "kept.txt"
    file.write_text("\n".join(checkpoints.stored_lines([WORKSPACE])))
    said = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("verify_audit", checkpoint=file, stdout=said)
    assert ended.value.code == 0
    file.write_text(forged_handover(old, old, fresh()))
    with pytest.raises(SystemExit) as ended:
        call_command("verify_audit", checkpoint=file, stderr=StringIO())
    assert ended.value.code == 2


def test_the_page_shows_the_key_that_signs(written, old, use, reader):
    new = fresh()
    use(new, old)
    assert public(old) in unescape(reader.get("/audit/").text)
    rotate()
    page = unescape(reader.get("/audit/").text)
    assert public(new) in page
    assert "replaced the key that signs checkpoints" in page


@pytest.mark.django_db(transaction=True)
def test_two_rotations_at_once_beside_an_export_are_one(written, old, use, reader, paula):
    use(fresh(), old)
    reader.get("/audit/export.jsonl").getvalue()
    work = [rotate, rotate, lambda: reader.get("/audit/export.jsonl").getvalue() and []]
    found = at_once(3, lambda number: work[number]())
    assert sorted(map(len, found)) == [0, 0, 2]
    assert not any(verify.verify(one, []).problem for one in verify.workspaces())
