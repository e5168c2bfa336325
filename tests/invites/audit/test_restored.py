"""What is known of the ends of the chains, and the event that says what was lost."""

from dataclasses import replace
from uuid import UUID

import pytest
from django.db import connection

from invites.audit import checkpoints, triggers
from invites.audit.catalogue import EventType
from invites.audit.models import Checkpoint, Event
from invites.audit.presenters import present
from invites.audit.record import record
from invites.audit.restored import known_ends, record_restore
from tests.invites.audit.conftest import WORKSPACE

pytestmark = pytest.mark.django_db
OTHER = UUID(int=5)


def test_ends_are_known_from_events_and_signed_checkpoints(paula):
    assert known_ends([], [WORKSPACE]) == {}
    for _ in range(3):
        checkpoints.create(record(EventType.SIGNED_IN, by=paula))
    record(EventType.SIGNED_IN, by=replace(paula, workspace=OTHER))
    assert known_ends([], [WORKSPACE, OTHER]) == {WORKSPACE: 3, OTHER: 1}

    line = checkpoints.sign(OTHER, 9, "ab" * 32)
    triggers.remove("default")
    Event.objects.filter(sequence__gt=1).delete()
    lines = [line, "nonsense", line.replace(" 9 ", " 99 ")]
    assert known_ends(lines, [WORKSPACE, OTHER]) == {WORKSPACE: 3, OTHER: 9}
    assert known_ends(lines, []) == {OTHER: 9}


@pytest.mark.parametrize(
    ("known_end", "sequence", "words"),
    [
        (0, 4, "ends with event 3. No later event is known."),
        (3, 4, "ends with event 3. No later event is known."),
        (9, 10, "Events 4 to 9 were lost."),
    ],
)
def test_the_event_says_what_was_lost(
    paula, settings, tmp_path, monkeypatch, django_capture_on_commit_callbacks, known_end, sequence, words
):
    settings.AUDIT_CHECKPOINTS = str(tmp_path / "published.txt")
    for _ in range(3):
        record(EventType.SIGNED_IN, by=paula)
    monkeypatch.setattr(checkpoints, "INTERVAL", sequence)
    with django_capture_on_commit_callbacks(execute=True):
        event = record_restore(known_end, by=paula)
    assert event.sequence == sequence
    assert present([event])[0].sentence.endswith(words)
    assert {one.sequence for one in Checkpoint.objects.all()} == {sequence}
    assert not (tmp_path / "published.txt").exists()


def test_ends_are_known_of_a_log_that_was_tampered_with(paula):
    for _ in range(3):
        checkpoints.create(record(EventType.SIGNED_IN, by=paula))
    triggers.remove("default")
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("UPDATE audit_checkpoint SET line = CAST(x'ff' AS TEXT) WHERE sequence = 2")
    Checkpoint.objects.filter(sequence=1).update(line="nonsense")
    assert known_ends([], [WORKSPACE]) == {WORKSPACE: 3}
