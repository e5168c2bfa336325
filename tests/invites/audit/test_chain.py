"""The canonical form, in vectors that another program can be held against."""

from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from threading import Thread
from uuid import UUID

import pytest
import time_machine
from django.db import connection, transaction

from invites.audit import chain, reader
from invites.audit.catalogue import EventType
from invites.audit.fields import canonical
from invites.audit.models import Event, Person
from invites.audit.record import record
from portal.awork.schemas import Exchange

BODY = (
    '{"actor_email":"","actor_id":null,"actor_name":"Jürgen \\"J\\" \\\\ 🦊","address":"2001:db8::1",'
    '"agent":"a\\tb\\nc\\u0001","at":"2026-11-23T01:08:32.000120Z",'
    '"correlation":"00000000-0000-4000-8000-0000000000ff","details":{"a":{"x":null,"y":true},"b":[1,-2,"é"]},'
    '"exchange":{"code":"","method":"POST","milliseconds":12,"path":"/tasks","status":null,"trace_id":"t"},'
    '"invitation":null,"outcome":"sent","people":["ab"],"project_id":null,"project_name":"","role_id":null,'
    '"role_name":"","sequence":7,"task_id":null,"task_key":"WEB-12","task_name":"</script>",'
    '"type":"invitation-sent","workspace":"00000000-0000-0000-0000-000000000000"}'
)


def event():
    return Event(
        actor_name='Jürgen "J" \\ 🦊',
        ip_address="2001:db8::1",
        user_agent="a\tb\nc\x01",
        at=datetime(2026, 11, 23, 1, 8, 32, 120, tzinfo=UTC),
        request_id=UUID("00000000-0000-4000-8000-0000000000ff"),
        details={"b": [1, -2, "é"], "a": {"y": True, "x": None}},
        exchange={
            "trace_id": "t",
            "method": "POST",
            "path": "/tasks",
            "status": None,
            "code": "",
            "milliseconds": 12,
        },
        outcome="sent",
        people=["ab"],
        sequence=7,
        task_key="WEB-12",
        task_name="</script>",
        type="invitation-sent",
        workspace=UUID(int=0),
    )


def test_the_canonical_form_of_an_event():
    assert canonical(chain.body(event())) == BODY


def test_the_hash_of_an_event():
    expected = sha256(bytes(32) + BODY.encode()).hexdigest()
    assert chain.link(chain.GENESIS, BODY.encode()) == expected
    assert expected == "1dae352a3405f4d425985b6fbb00b93e0367c666050cb7f2623a7cd379e22a20"
    assert (
        chain.link(expected, BODY.encode())
        == "129f2e9b4f25a2863dc64e3d3a4671f1722d87eb24769ce6544f139b79e1f2d5"
    )


def test_the_digest_of_a_person():
    person = Person(
        kind="guest",
        salt="00" * 31 + "01",
        awork_id=UUID(int=5),
        email="carla@kunde.example",
        first_name="Carla",
        last_name="Größe",
        gender="female",
    )
    written = (
        '{"address":"","agent":"","awork_id":"00000000-0000-0000-0000-000000000005",'
        '"email":"carla@kunde.example","first_name":"Carla","gender":"female","kind":"guest",'
        '"last_name":"Größe"}'
    )
    assert chain.digest(person) == sha256(bytes(31) + b"\1" + written.encode()).hexdigest()
    assert chain.digest(person) == "a84afe6ec9f1e68a113dd43c424da26cdd2666223a61e88402535273c1e5aab7"


@pytest.mark.django_db
def test_each_event_holds_the_hash_of_the_one_before(paula, snapshot):
    first = record(EventType.SIGNED_IN, by=paula)
    second = record(EventType.INVITATION_SENT, by=paula, snapshot=snapshot)

    assert (first.sequence, first.previous) == (1, chain.GENESIS)
    assert (second.sequence, second.previous) == (2, first.hash)


@pytest.mark.django_db
def test_what_the_database_gives_back_hashes_the_same(paula, snapshot):
    recorded = record(
        EventType.INVITATION_SENT, by=paula, snapshot=snapshot, details={"z": [1], "a": "é\u2028"}
    )
    read = Event.objects.get()
    assert chain.link(read.previous, canonical(chain.body(read)).encode()) == recorded.hash
    assert [chain.digest(person) for person in Person.objects.all()] == read.people


@pytest.mark.django_db(transaction=True)
def test_sixteen_writers_make_one_unbroken_chain(paula):
    def write():
        try:
            for _ in range(5):
                with transaction.atomic():
                    record(EventType.SIGNED_IN, by=paula)
        finally:
            connection.close()

    writers = [Thread(target=write) for _ in range(16)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    events = list(Event.objects.order_by("sequence"))
    assert [event.sequence for event in events] == list(range(1, 81))
    hashes = [chain.GENESIS, *(event.hash for event in events)]
    assert [event.previous for event in events] == hashes[:-1]
    assert all(
        event.hash == chain.link(event.previous, canonical(chain.body(event)).encode()) for event in events
    )


@pytest.mark.django_db
def test_odd_values_read_from_the_database_hash_the_same(paula, snapshot):
    odd = replace(paula, name='Jürgen "J" \\ 🦊 %s', user_agent="a\tb\nc\x01\u2028\x7f")
    exchange = Exchange("POST", "/tasks", None, "", "t", 12)
    record(EventType.INVITATION_SENT, by=odd, snapshot=snapshot, exchange=exchange, details={"ü": [1, None]})
    record(EventType.SIGNED_IN, by=replace(paula, id=None))

    for event, people in reader.events(paula.workspace):
        assert chain.event_hash(event) == event.hash
        assert [chain.digest(person) for person in people] == event.people


@pytest.mark.django_db
def test_a_whole_second_keeps_its_zeros(paula):
    with time_machine.travel(datetime(2026, 3, 1, tzinfo=UTC), tick=False):
        recorded = record(EventType.SIGNED_IN, by=paula)
    [(event, _)] = reader.events(paula.workspace)
    body = canonical(chain.body(event)).encode()
    assert b'"at":"2026-03-01T00:00:00.000000Z"' in body
    assert event.hash == recorded.hash == chain.link(chain.GENESIS, body)


@pytest.mark.django_db(transaction=True)
def test_the_disk_is_waited_for_once_before_anybody_goes_on(paula):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite waits for the disk in its commit")
    said = []

    def listen(execute, sql, params, many, context):
        said.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        with transaction.atomic():
            record(EventType.SIGNED_IN, by=paula)
            record(EventType.SIGNED_OUT, by=paula)
        assert sum("pg_logical_emit_message" in sql for sql in said) == 1
        assert "pg_logical_emit_message" in said[-1]
