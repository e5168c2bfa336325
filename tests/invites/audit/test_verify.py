"""What a verification must catch, each done to the tables as the database's keeper could do it."""

from dataclasses import replace
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection

from invites.audit import chain, checkpoints, reader, triggers, verify
from invites.audit.catalogue import EventType
from invites.audit.erase import Guest, erase
from invites.audit.fields import canonical
from invites.audit.models import Checkpoint, Event, Person
from invites.audit.record import record
from invites.audit.restored import record_restore
from tests.invites.audit.conftest import WORKSPACE

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def often(monkeypatch):
    """A checkpoint at every fifth event."""
    monkeypatch.setattr(checkpoints, "INTERVAL", 5)
    monkeypatch.setattr(verify, "INTERVAL", 5)


@pytest.fixture
def written(paula, snapshot):
    """Twelve events, and the keeper's hands on the tables."""
    for number in range(12):
        record(EventType.INVITATION_SENT, by=paula, snapshot=snapshot, details={"number": number})
    triggers.remove("default")


def found(kept=()):
    """The problem in the chain, as sequence and words."""
    statements = [checkpoints.parse(line) for line in kept]
    problem = verify.verify(WORKSPACE, statements).problem
    return (problem.sequence, problem.what) if problem else None


def rewrite(start=1):
    """Compute all hashes again, as anybody can."""
    previous = chain.GENESIS
    for event in Event.objects.filter(workspace=WORKSPACE).order_by("sequence"):
        if event.sequence >= start:
            hash = chain.link(previous, canonical(chain.body(event)).encode())
            Event.objects.filter(id=event.id).update(previous=previous, hash=hash)
            event.hash = hash
        previous = event.hash


def row(sequence):
    return Event.objects.filter(workspace=WORKSPACE, sequence=sequence)


def test_an_untouched_log_is_whole(written):
    result = verify.verify(WORKSPACE, [])
    assert (result.problem, result.last, result.checkpoints) == (None, 12, 2)
    assert (result.events, result.people) == (12, 12)


def test_ids_need_not_follow_the_chain_where_several_wrote_at_once(written):
    five, six = row(5).get().id, row(6).get().id
    for old, new in ((five, 0), (six, five), (0, six)):
        Event.objects.filter(id=old).update(id=new)
        Person.objects.filter(event=old).update(event=new)

    assert row(5).get().id > row(6).get().id
    assert found() is None


def test_an_empty_chain_is_whole():
    assert verify.verify(WORKSPACE, []).problem is None


@pytest.mark.parametrize(
    "change",
    [
        {"outcome": "sent"},
        {"actor_name": "Somebody else"},
        {"ip_address": "192.0.2.8"},
        {"details": {"number": 8}},
        {"exchange": {"status": 200}},
        {"people": []},
        {"task_id": None},
        {"role_name": "Admin"},
        {"type": "team-kept"},
        {"request_id": UUID(int=1)},
    ],
)
def test_a_changed_field(written, change):
    row(7).update(**change)
    assert found() == (7, "it was changed after it was recorded")


def test_a_changed_time(written):
    event = row(7).get()
    row(7).update(at=event.at.replace(microsecond=(event.at.microsecond + 1) % 1_000_000))
    assert found() == (7, "it was changed after it was recorded")


def test_an_exchange_that_was_not_there_stored_as_json_null(written):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_event SET exchange = 'null' WHERE sequence = 7 AND exchange IS NULL")
        assert cursor.rowcount == 1
    assert found() == (7, "it was changed after it was recorded")


def test_a_removed_row_in_the_middle(written):
    row(7).delete()
    assert found() == (7, "it is missing")


def test_a_removed_row_with_the_others_moved_up(written):
    row(7).delete()
    for sequence in range(8, 13):
        row(sequence).update(sequence=sequence - 1)
    assert found()[0] == 7


def test_a_removed_tail_that_a_checkpoint_had_covered(written):
    row(10).delete()
    row(11).delete()
    row(12).delete()
    assert found() == (10, "it is missing: a checkpoint covers it, so the end of the chain was cut off")


def test_swapped_rows(written):
    row(7).update(sequence=100)
    row(8).update(sequence=7)
    row(100).update(sequence=8)
    assert found()[0] == 7


def test_an_inserted_row(written):
    for sequence in range(12, 6, -1):
        row(sequence).update(sequence=sequence + 1)
    event = row(6).get()
    event.pk, event.sequence = None, 7
    event.save(force_insert=True)
    assert found()[0] == 7


def test_a_row_moved_to_another_workspace(written, paula):
    other = UUID(int=77)
    row(1).update(workspace=other)
    assert found() == (1, "it is missing")
    assert verify.verify(other, []).problem.what == "it was changed after it was recorded"


def test_a_rewritten_chain_without_the_key(written):
    row(3).update(outcome="never happened")
    rewrite()
    assert found() == (5, "a checkpoint has a different hash for it: the chain was rewritten")


def test_a_rewritten_chain_whose_checkpoints_were_taken_away(written):
    row(3).update(outcome="never happened")
    rewrite()
    Checkpoint.objects.all().delete()
    assert found() == (5, "its checkpoint is missing")


def test_a_rewritten_chain_with_checkpoints_of_another_key(written, settings):
    row(3).update(outcome="never happened")
    rewrite()
    Checkpoint.objects.all().delete()
    ours, settings.AUDIT_KEY = settings.AUDIT_KEY, Ed25519PrivateKey.generate().private_bytes_raw()
    for sequence in (5, 10):
        checkpoints.create(row(sequence).get())
    settings.AUDIT_KEY = ours
    assert found() == (5, "its checkpoint was changed, or is not signed with AUDIT_KEY")


@pytest.mark.parametrize(
    ("type", "details", "problem"),
    [
        (EventType.EXPORTED, {}, (13, "its checkpoint is missing")),
        (EventType.VERIFIED, {}, (13, "its checkpoint is missing")),
        (EventType.VERIFIED, {"problem": "it is missing"}, None),  # nothing was signed
    ],
)
def test_an_export_or_a_verification_whose_checkpoint_was_taken_away(written, paula, type, details, problem):
    event = record(type, by=paula, details=details)
    assert found() == problem
    checkpoints.create(event)
    assert found() is None


def test_a_checkpoint_that_is_not_one(written):
    Checkpoint.objects.filter(sequence=10).update(line="audit-checkpoint-1 nonsense")
    assert found() == (10, "its checkpoint was changed, or is not signed with AUDIT_KEY")


def test_a_rewritten_chain_with_the_key_against_a_checkpoint_kept_outside(written):
    kept = checkpoints.stored_lines([WORKSPACE])
    row(3).update(outcome="never happened")
    rewrite()
    Checkpoint.objects.all().delete()
    for sequence in (5, 10):
        checkpoints.create(row(sequence).get())

    assert found() is None  # nothing inside the database can tell
    assert found(kept) == (5, "a checkpoint has a different hash for it: the chain was rewritten")


def test_a_cut_tail_whose_checkpoints_were_cut_as_well(written):
    kept = checkpoints.stored_lines([WORKSPACE])
    Event.objects.filter(sequence__gt=8).delete()
    Checkpoint.objects.filter(sequence__gt=8).delete()

    assert found() is None
    assert found(kept) == (9, "it is missing: a checkpoint covers it, so the end of the chain was cut off")


def test_personal_data_that_were_changed(written):
    Person.objects.filter(event=row(7).get().id).update(first_name="Clara")
    assert found() == (7, "its personal data was changed")


def test_personal_data_that_were_added(written):
    person = Person.objects.get(event=row(7).get().id)
    person.pk, person.position = None, 1
    person.save(force_insert=True)
    assert found() == (7, "personal data was added to it")


def test_personal_data_that_went_without_an_erasure(written):
    Person.objects.filter(event=row(7).get().id).delete()
    assert found() == (7, "its personal data is missing, and no erasure says so")


def test_a_row_that_is_no_longer_readable(written):
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = ON")
            cursor.execute("UPDATE audit_event SET details = '{' WHERE sequence = 7")
            cursor.execute("PRAGMA ignore_check_constraints = OFF")
        else:
            cursor.execute("UPDATE audit_event SET details = '[1.5]' WHERE sequence = 7")
    assert found() == (7, "it was changed after it was recorded")


@pytest.mark.parametrize("salt", ["not hexadecimal", "00" * 32, ""])
def test_a_salt_that_was_changed(written, salt):
    Person.objects.filter(event=row(7).get().id).update(salt=salt)
    assert found() == (7, "its personal data was changed")


@pytest.mark.parametrize("change", ["at = replace(at, ' ', 'T')", "exchange = ''", "role_id = ''"])
def test_what_the_pages_could_no_longer_read_or_put_in_order(written, change):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL's columns take nothing of the kind")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_event SET role_id = NULL WHERE sequence = 7")
        rewrite(7)
        cursor.execute("DELETE FROM audit_checkpoint WHERE sequence > 5")
        cursor.execute(f"UPDATE audit_event SET {change} WHERE sequence = 7")
    assert found() == (7, "it was changed after it was recorded")


def tamper(change, table="audit_event", where="sequence = 7"):
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {change} WHERE {where}")


@pytest.mark.parametrize(
    "change",
    [
        "sequence = 'seven'",
        "sequence = sequence + 0.5",
        "workspace = 'none'",
        "at = 'never'",
        "at = 12",
        "task_id = 'none'",
        "task_id = x'00'",
        "actor_name = x'00'",
        "details = x'00'",
        "people = '{}'",
        "people = '[[]]'",
        "hash = x'00'",
        "previous = 7",
    ],
)
@pytest.mark.parametrize("sequence", [1, 7, 12])
def test_values_of_another_type_are_reported_where_they_are(written, change, sequence):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL's columns take nothing of the kind")
    Checkpoint.objects.create(workspace=WORKSPACE, sequence=12, line=checkpoints.sign(WORKSPACE, 12, "00"))
    tamper(change, where=f"sequence = {sequence}")
    assert found()[0] == sequence
    assert verify.workspaces() == [WORKSPACE]


@pytest.mark.parametrize("change", ["at = 'infinity'", "at = '0044-03-15 12:00 BC'"])
def test_times_that_python_cannot_hold(written, change):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no such times")
    tamper(change)
    assert found() == (7, "it was changed after it was recorded")


@pytest.mark.parametrize(
    "text", ['{"number": 6}', '{"number":5,"number":6}', '{"number":6.0}', "[" * 100_000]
)
def test_json_in_another_form(written, text):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_event SET details = %s WHERE sequence = 7", [text])
    assert found() == (7, "it was changed after it was recorded")


@pytest.mark.parametrize("change", ["position = 'first'", "awork_id = 'none'", "first_name = x'00'"])
def test_people_of_another_type_are_reported_where_they_are(written, change):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL's columns take nothing of the kind")
    tamper(change, "audit_person", f"event = {row(7).get().id}")
    assert found() == (7, "its personal data was changed")


@pytest.mark.parametrize("change", ["sequence = 'ten'", "line = x'00'"])
def test_a_checkpoint_of_another_type(written, change):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL's columns take nothing of the kind")
    tamper(change, "audit_checkpoint", "sequence = 10")
    assert found()[1] == "its checkpoint was changed, or is not signed with AUDIT_KEY"


def test_details_that_an_erasure_cannot_have(written, paula):
    record(EventType.ERASED, by=paula, details={"erased": [[1]]})
    assert found() == (13, "it was changed after it was recorded")


def test_a_broken_chain_can_still_record_that_it_is_broken(written, paula):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL's columns take nothing of the kind")
    tamper("sequence = 'seven'")
    verify.record_verification(verify.verify(WORKSPACE, []), by=paula)
    event = Event.objects.get(type="verified")
    assert (event.sequence, event.outcome, event.details["sequence"]) == (13, "broken", 7)


def test_people_erased_while_the_log_is_verified(written, paula, snapshot, monkeypatch):
    monkeypatch.setattr(reader, "CHUNK", 3)
    walk = verify.Walk(WORKSPACE, [], lambda done, total: None)
    stream = reader.events(WORKSPACE)
    monkeypatch.setattr(reader, "events", lambda workspace: stream)
    next_event, people = next(stream)
    walk._check(next_event, people)
    erase(
        Guest(snapshot.email.lower(), frozenset(), "erased-1"),
        workspaces=[WORKSPACE],
        by=paula,
        reason="",
    )
    walk.events()
    walk.end()
    assert walk.sequence == 13


def test_progress_is_told(written, monkeypatch):
    monkeypatch.setattr(verify, "STEP", 5)
    seen = []
    verify.verify(WORKSPACE, [], lambda done, total: seen.append((done, total)))
    assert seen == [(5, 12), (10, 12)]


@pytest.mark.parametrize("count", [1, 30])
def test_the_end_of_another_chain_is_not_that_of_this_one(written, paula, count, monkeypatch):
    for _ in range(count):
        record(EventType.SIGNED_IN, by=replace(paula, workspace=UUID(int=5)))
    assert verify.verify(WORKSPACE, []).problem is None
    assert verify.verify(UUID(int=5), []).events == count

    monkeypatch.setattr(verify, "STEP", 12)
    totals = []
    verify.verify(WORKSPACE, [], lambda done, total: totals.append(total))
    assert totals == [12]
    assert record(EventType.SIGNED_IN, by=paula).sequence == 13

    Checkpoint.objects.filter(workspace=WORKSPACE, sequence=10).delete()
    assert found() == (10, "its checkpoint is missing")


def test_every_chain_is_known(written, paula):
    assert verify.workspaces() == [WORKSPACE]


def test_a_log_that_runs_on_while_it_is_verified(written, paula, snapshot, monkeypatch):
    """What is appended after the walk has begun is no reason for an alarm."""
    walk = verify.Walk(WORKSPACE, [], lambda done, total: None)
    for _ in range(8):
        record(EventType.INVITATION_SENT, by=paula, snapshot=snapshot)
    checkpoints.create(record(EventType.EXPORTED, by=paula))
    guest = Guest(snapshot.email.lower(), frozenset(), "erased-1")
    erase(guest, workspaces=[WORKSPACE], by=paula, reason="asked by her")
    walk.events()
    walk.end()
    assert walk.sequence == 22


@pytest.fixture
def restored(written, paula):
    """A backup that ends with event 12, restored when the log ended with event 20."""
    event = record_restore(20, by=paula)
    record(EventType.SIGNED_IN, by=paula)
    return event


def test_events_that_a_restore_has_lost(restored, settings):
    before = [checkpoints.sign(WORKSPACE, number, "ab" * 32) for number in (13, 15, 20)]
    assert (restored.sequence, restored.details) == (21, {"last_after": 12, "last_before": 20})
    assert found(before) is None
    result = verify.verify(WORKSPACE, [])
    assert (result.last, result.events, result.lost) == (22, 14, (range(13, 21),))
    assert found([checkpoints.sign(WORKSPACE, 12, "ab" * 32)]) == (
        12,
        "a checkpoint has a different hash for it: the chain was rewritten",
    )


def test_a_restore_explains_no_other_gap(restored):
    row(12).delete()
    assert found() == (12, "it is missing")
    row(11).delete()
    assert found() == (11, "it is missing")


@pytest.mark.parametrize(
    "details",
    [
        {"last_after": 12, "last_before": 19},
        {"last_after": 11, "last_before": 20},
        {"last_before": 20},
        {"last_after": 12, "last_before": "20"},
    ],
)
def test_a_restore_that_names_other_events(restored, details):
    row(21).update(details=details)
    rewrite(21)
    assert found() == (13, "it is missing")


def test_another_event_explains_no_gap(restored):
    row(21).update(type="verified")
    rewrite(21)
    assert found() == (13, "it is missing")


def test_a_restore_that_was_not_signed(restored):
    """As anybody can write one who can write to the database."""
    Checkpoint.objects.filter(sequence=21).delete()
    assert found() == (21, "its checkpoint is missing")


def test_a_restore_that_lost_a_whole_chain(paula):
    assert record_restore(7, by=paula).sequence == 8
    assert found() is None
