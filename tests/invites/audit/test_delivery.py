"""Checkpoints wait in the database until a worker or a command delivers them, in order."""

import socket
from datetime import timedelta

import pytest
from django.db import connection, transaction

from invites.audit import bounded, checkpoints, delivery
from invites.audit.catalogue import EventType
from invites.audit.models import Checkpoint, UndeliveredCheckpoint
from invites.audit.record import record
from portal import clock
from portal.locks import named_lock
from tests.receiver import OK, receiving, saying, status
from tests.threads import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def receiver(settings):
    with receiving() as running:
        settings.AUDIT_CHECKPOINTS = running.url
        yield running


@pytest.fixture
def create(paula):
    """Make so many checkpoints; returns what the receiver has to get."""

    def created(count=1):
        with transaction.atomic():
            events = [record(EventType.SIGNED_IN, by=paula) for _ in range(count)]
            return [f"{checkpoints.create(event)}\n" for event in events]

    return created


def deliver():
    return delivery.deliver_due(lambda: True)


def waiting():
    return UndeliveredCheckpoint.objects.count()


@pytest.mark.django_db(transaction=True)
def test_only_what_is_committed_is_delivered(create, receiver):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        create()
        raise ZeroDivisionError
    assert deliver() == 0
    lines = create(3)
    assert receiver.bodies == []  # nothing is sent by who makes them
    assert deliver() == 3
    assert receiver.bodies == lines
    assert (deliver(), waiting(), Checkpoint.objects.count()) == (0, 0, 3)


def test_where_there_is_no_place_nothing_waits(create, settings):
    settings.AUDIT_CHECKPOINTS = ""
    create()
    assert (waiting(), deliver(), delivery.deliver_now()) == (0, 0, True)


def test_in_an_unpublished_block_nothing_waits(create, receiver):
    with delivery.unpublished():
        create()
    assert waiting() == 0


def test_after_a_failure_all_is_delivered_in_order(create, receiver, time_machine, log_lines):
    time_machine.move_to(clock.now(), tick=False)
    receiver.answer = status(500)
    lines = create(3)
    assert deliver() == 0
    assert receiver.bodies == lines[:1]
    [logged] = [line for line in log_lines() if "not delivered" in line["event"]]
    assert (logged["level"], logged["problem"]) == ("error", "it answered 500")

    receiver.answer = saying(OK)
    lines += create()
    assert deliver() == 0  # it is not due yet
    time_machine.shift(delivery.FIRST_RETRY)
    assert deliver() == 4
    assert receiver.bodies == [lines[0], *lines]


def test_it_is_retried_less_and_less_often_but_always(create, receiver, time_machine):
    time_machine.move_to(clock.now(), tick=False)
    receiver.answer = status(500)
    create()
    waits = []
    for _ in range(8):
        deliver()
        waits.append(UndeliveredCheckpoint.objects.get().due_at - clock.now())
        time_machine.shift(waits[-1])
    assert [wait.total_seconds() for wait in waits] == [15, 30, 60, 120, 240, 480, 600, 600]
    UndeliveredCheckpoint.objects.update(attempts=10**6)
    deliver()
    assert UndeliveredCheckpoint.objects.get().due_at - clock.now() == delivery.LAST_RETRY


def test_a_receiver_that_stores_it_and_dies_gets_it_again(create, receiver):
    receiver.answer = socket.socket.close
    lines = create()
    deliver()
    receiver.answer = saying(OK)
    assert delivery.deliver_now()
    assert receiver.bodies == lines * 2


def test_a_command_does_not_wait_for_the_next_attempt(create, receiver):
    receiver.answer = status(500)
    create(2)
    deliver()
    assert not delivery.deliver_now()
    receiver.answer = saying(OK)
    assert delivery.deliver_now()


@pytest.mark.django_db(transaction=True)
def test_several_workers_deliver_nothing_twice(create, receiver):
    lines = create(5)
    assert sum(at_once(6, lambda number: deliver())) == 5
    assert receiver.bodies == lines


@pytest.mark.django_db(transaction=True)
def test_what_a_killed_worker_had_in_hand_is_delivered_when_its_lock_expires(create, receiver, time_machine):
    time_machine.move_to(clock.now())
    create()
    with named_lock("deliver-checkpoints", seconds=delivery.LOCK_SECONDS, wait=0):
        assert deliver() == 0
        time_machine.shift(delivery.LOCK_SECONDS + 1)
        assert deliver() == 1


def test_a_stopped_worker_begins_no_further_attempt(create, receiver):
    create(2)
    assert delivery.deliver_due(lambda: not receiver.requests) == 1


def test_a_run_ends_after_some_seconds(create, receiver, monkeypatch):
    monkeypatch.setattr(delivery, "RUN_SECONDS", 0)
    create(2)
    assert deliver() == 0
    assert waiting() == 2


def test_nothing_to_deliver_costs_one_query(receiver, django_assert_num_queries):
    with django_assert_num_queries(1):
        deliver()


def test_a_database_that_was_forged_delivers_no_other_line(create, receiver):
    """The line is that of the checkpoint, which can't be changed."""
    lines = create()
    with pytest.raises(Exception, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE audit_checkpoint SET line = 'forged'")
    deliver()
    assert receiver.bodies == lines


def test_what_waits_is_known(create, receiver, time_machine):
    time_machine.move_to(clock.now(), tick=False)
    assert delivery.undelivered() == delivery.Undelivered(0, None, "")
    since = clock.now()
    receiver.answer = status(503)
    create(2)
    assert delivery.undelivered() == delivery.Undelivered(2, since, "")
    deliver()
    time_machine.shift(delivery.LATE)
    create()
    assert delivery.undelivered() == delivery.Undelivered(3, since, "it answered 503")
    assert not delivery.undelivered().is_late
    time_machine.shift(timedelta(seconds=1))
    assert delivery.undelivered().is_late


@pytest.mark.django_db(transaction=True)
def test_a_receiver_that_hangs_holds_no_request_up(reader, paula, receiver, monkeypatch):
    monkeypatch.setattr(bounded, "TOTAL_SECONDS", 0.3)
    receiver.answer = lambda connection: None
    with transaction.atomic():
        record(EventType.SIGNED_IN, by=paula)
    assert reader.get("/audit/export.jsonl").getvalue()
    assert (receiver.requests, waiting() > 0) == ([], True)
    deliver()
    assert delivery.undelivered().problem == "it did not answer in time"
