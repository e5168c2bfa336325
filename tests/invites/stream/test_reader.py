import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from threading import Event as Flag
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from invites.audit import triggers
from invites.audit.catalogue import EventType
from invites.audit.export import json_lines, start
from invites.audit.filters import EventFilter
from invites.audit.models import Event
from invites.audit.record import record
from invites.audit.restored import record_restore
from invites.stream.reader import BeyondEnd, StreamBroken, read
from portal.actor import Actor, for_system

pytestmark = pytest.mark.django_db
BYTES = 1_000_000


ADA = Actor(uuid4(), uuid4(), "Ada", "ada@nordlicht.example", ip_address="", user_agent="")


@pytest.fixture
def log(db):
    """`log(3)`: three more events in the chain of Ada's workspace, which is returned."""

    def more(count):
        for _ in range(count):
            with transaction.atomic():
                record(EventType.SIGNED_OUT, by=ADA)
        return ADA.workspace

    return more


def numbers(part):
    return [json.loads(one)["event"]["sequence"] for one in part.lines]


def all_numbers(workspace, limit):
    after, found = 0, []
    while (part := read(workspace, after, limit, max_bytes=BYTES)).lines:
        found += numbers(part)
        after = part.last
    return found


@pytest.mark.parametrize("limit", [1, 3, 7, 8])
def test_parts_join_to_the_whole_log_in_order(log, limit):
    workspace = log(7)
    assert all_numbers(workspace, limit) == [1, 2, 3, 4, 5, 6, 7]


def test_at_the_end_there_is_nothing_and_the_position_stays(log):
    workspace = log(2)
    end = read(workspace, 2, 5, max_bytes=BYTES)
    assert (end.lines, end.last) == ([], 2)
    log(1)
    assert numbers(read(workspace, 2, 5, max_bytes=BYTES)) == [3]


def test_beyond_the_end_is_an_error(log):
    workspace = log(2)
    with pytest.raises(BeyondEnd) as error:
        read(workspace, 3, 5, max_bytes=BYTES)
    assert error.value.last == 2


def test_an_event_has_the_line_of_the_export(log):
    workspace = log(2)
    record(EventType.SIGN_IN_REFUSED, by=ADA, details={"reason": "guest"})  # with a person
    export = start(EventFilter(QueryDict(), workspace), by=ADA, form="jsonl")
    exported = [one for one in json_lines(export) if '"export"' not in one]
    part = read(workspace, 0, 3, max_bytes=BYTES)
    assert sorted(part.lines) == sorted(exported)
    assert "ada@nordlicht.example" in part.lines[2]


@pytest.mark.parametrize(("room", "count"), [(0, 1), (1, 1), (2.5, 2), (3, 3)])
def test_a_part_has_as_many_events_as_fit_and_at_least_one(log, room, count):
    workspace = log(4)
    size = len(read(workspace, 0, 1, max_bytes=BYTES).lines[0])
    part = read(workspace, 0, 9, max_bytes=int(room * size))
    assert (len(part.lines), part.last) == (count, count)


def test_it_goes_on_over_the_gap_of_a_restore(log):
    workspace = log(3)
    record_restore(10, by=for_system(workspace))
    log(1)
    assert all_numbers(workspace, 2) == [1, 2, 3, 11, 12]
    assert numbers(read(workspace, 7, 5, max_bytes=BYTES)) == [11, 12]  # for who had read what was lost


def remove(sequence):
    triggers.remove("default")
    Event.objects.filter(sequence=sequence).delete()


def test_nothing_is_given_after_a_missing_event(log):
    workspace = log(5)
    remove(3)
    assert numbers(read(workspace, 0, 9, max_bytes=BYTES)) == [1, 2]
    with pytest.raises(StreamBroken) as error:
        read(workspace, 2, 9, max_bytes=BYTES)
    assert error.value.after == 2


def test_a_restore_explains_its_own_gap_only(log):
    workspace = log(3)
    record_restore(10, by=for_system(workspace))
    remove(3)
    assert numbers(read(workspace, 0, 9, max_bytes=BYTES)) == [1, 2]
    with pytest.raises(StreamBroken):
        read(workspace, 2, 9, max_bytes=BYTES)


def test_nothing_is_given_after_an_event_that_cannot_be_read(log):
    workspace = log(5)
    triggers.remove("default")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_event SET details = '{' WHERE sequence = 3")
    assert all_numbers_until_broken(workspace) == [1, 2]


def all_numbers_until_broken(workspace):
    after, found = 0, []
    with pytest.raises(StreamBroken):
        while True:
            part = read(workspace, after, 9, max_bytes=BYTES)
            found += numbers(part)
            after = part.last
    return found


@pytest.mark.django_db(transaction=True)
def test_readers_beside_writers_leave_nothing_out(log):
    """Each event becomes visible after the one before it, also where transactions end in another order."""
    workspace = log(1)
    writers, each, done = 3, 8, Flag()
    begun = Barrier(writers + 1)

    def write():
        begun.wait()
        for _ in range(each):
            log(1)
        connection.close()

    def follow():
        after, found = 0, []
        begun.wait()
        while True:
            is_last = done.is_set()
            part = read(workspace, after, 5, max_bytes=BYTES)
            found += numbers(part)
            after = part.last
            if is_last and not part.lines:
                connection.close()
                return found

    with ThreadPoolExecutor(writers + 1) as pool:
        reader = pool.submit(follow)
        for writer in [pool.submit(write) for _ in range(writers)]:
            writer.result(60)
        done.set()
        assert reader.result(60) == list(range(1, writers * each + 2))


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite's commits wait for the disk")
def test_what_is_given_is_on_disk(log):
    """Else a power cut could give the number to another event, which the reader would never ask for."""
    workspace = log(1)
    with CaptureQueriesContext(connection) as queries:
        read(workspace, 0, 1, max_bytes=BYTES)
    assert "pg_logical_emit_message" in queries.captured_queries[-1]["sql"]
    with CaptureQueriesContext(connection) as queries:
        assert not read(workspace, 1, 1, max_bytes=BYTES).lines
    assert "pg_logical_emit_message" not in str(queries.captured_queries)
