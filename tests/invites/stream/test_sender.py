import json
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest
import time_machine
from cryptography.fernet import Fernet
from django.db import connection, transaction
from django.utils import timezone

from invites.audit import bounded, triggers
from invites.audit.catalogue import EventType
from invites.audit.models import Event
from invites.audit.record import record
from invites.models import Webhook
from invites.stream import sender, webhooks
from invites.stream.sender import send_events
from portal.actor import PORTAL_WORKSPACE, for_system
from portal.models import NamedLock, User, Workspace
from tests.invites.conftest import actor
from tests.invites.stream.receiver import (
    LIES,
    accept,
    is_signed,
    receiving,
    refuse,
    status,
    store_and_answer_byte_by_byte,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def receiver():
    with receiving() as one:
        yield one


@pytest.fixture
def ada(db):
    workspace = Workspace.objects.create(id=uuid4(), name="Nordlicht Studio")
    return User.objects.create(awork_id=uuid4(), workspace=workspace, first_name="Ada")


@pytest.fixture
def webhook(ada, receiver):
    """`webhook(format="ocsf")`: one that sends to the receiver, which verifies signatures from then on."""

    def add(url="", format="jsonl", *, of_portal=False):
        key, about = uuid4(), {"purpose": "SIEM", "format": format, "of_portal": of_portal}
        secret = webhooks.add(key, url=url or receiver.url, user=ada, by=actor(ada), **about)
        receiver.secret = secret
        return Webhook.objects.get(pk=key)

    return add


def log(workspace, count):
    for _ in range(count):
        with transaction.atomic():
            record(EventType.SIGNED_OUT, by=for_system(workspace))


def send():
    return send_events(lambda: True)


def last(workspace):
    return Event.objects.filter(workspace=workspace).count()


def test_events_arrive_in_order_signed_and_as_in_exports(webhook, receiver, ada):
    hook = webhook()
    log(ada.workspace_id, 109)
    assert send() == 110
    assert receiver.batches == [list(range(1, 101)), list(range(101, 111))]
    assert json.loads(receiver.bodies[0].splitlines()[0]).keys() == {"event", "people", "previous", "hash"}
    assert receiver.headers[0]["content-type"] == "application/jsonl"
    assert receiver.headers[0]["webhook-id"] == f"{hook.pk}_1_100"
    assert is_signed(receiver.secret, receiver.headers[0], receiver.bodies[0])
    assert not is_signed(receiver.secret, receiver.headers[0], receiver.bodies[0] + b" ")
    hook.refresh_from_db()
    assert (hook.position, hook.problem) == (110, "")
    assert send() == 0


def test_ocsf_and_the_portals_own_events(webhook, receiver):
    webhook(format="ocsf", of_portal=True)
    log(PORTAL_WORKSPACE, 2)
    assert send() == 2
    found = json.loads(receiver.bodies[0].splitlines()[0])
    assert (found["class_uid"], found["metadata"]["log_name"]) == (3002, "portal")


def test_a_batch_is_bounded_in_bytes(webhook, receiver, ada, monkeypatch):
    monkeypatch.setattr("invites.stream.sender.MAX_BYTES", 3000)
    webhook()
    log(ada.workspace_id, 9)
    assert send() == 10
    assert all(len(body) <= 3000 for body in receiver.bodies)
    assert receiver.numbers == list(range(1, 11))


def test_a_receiver_that_is_down_for_six_hours_gets_all_in_order(webhook, ada):
    with receiving() as down:
        url = down.url
    hook = webhook(url=url)
    with time_machine.travel(timezone.now()) as clock:
        end = timezone.now() + 6 * HOUR
        while timezone.now() < end:
            assert send() == 0
            clock.move_to(Webhook.objects.get().due_at + timedelta(seconds=1))
            if Webhook.objects.get().failures % 8 == 0:
                log(ada.workspace_id, 3)
        hook.refresh_from_db()
        assert (hook.position, hook.problem, hook.parked_at) == (0, "Connection refused", None)
        assert timezone.now() - hook.failing_since > 5.9 * HOUR
        assert 70 < hook.failures < 110  # every five minutes
        with receiving() as back:
            Webhook.objects.update(url=back.url)
            clock.shift(timedelta(minutes=6))
            assert send() == last(ada.workspace_id)
    assert back.numbers == list(range(1, last(ada.workspace_id) + 1))
    hook.refresh_from_db()
    assert (hook.failures, hook.failing_since, hook.problem) == (0, None, "")


@pytest.mark.parametrize("lie", LIES, ids=[getattr(lie, "__name__", "") for lie in LIES])
def test_a_receiver_that_lies_gets_all_in_order(webhook, receiver, ada, lie, monkeypatch):
    monkeypatch.setattr(bounded, "TOTAL_SECONDS", 0.3)
    webhook()
    log(ada.workspace_id, 5)
    receiver.answer = lie
    send()
    receiver.answer = accept
    with time_machine.travel(timezone.now() + 2 * HOUR):
        send()
    assert receiver.numbers == list(range(1, last(ada.workspace_id) + 1))
    assert receiver.attempts < 12


def test_whatever_it_answers_it_gets_all_in_order(webhook, receiver, ada, monkeypatch):
    monkeypatch.setattr(bounded, "TOTAL_SECONDS", 0.2)
    webhook()
    chosen = random.Random(7)
    quick = [lie for lie in LIES if lie is not store_and_answer_byte_by_byte]

    def answer(handler):
        chosen.choice([*quick, *[accept] * 4])(handler)

    receiver.answer = answer
    with time_machine.travel(timezone.now()) as clock:
        for _ in range(25):
            log(ada.workspace_id, chosen.randrange(9))
            send()
            clock.shift(2 * HOUR)
        receiver.answer = accept
        send()
    assert receiver.numbers == list(range(1, last(ada.workspace_id) + 1))
    assert len(receiver.batches) > 10


def test_it_is_parked_at_the_one_event_that_is_refused(webhook, receiver, ada, log_lines):
    hook = webhook()
    log(ada.workspace_id, 29)
    receiver.answer = refuse(14)
    assert send() == 13
    hook.refresh_from_db()
    assert (hook.position, hook.parked_at, hook.batch_size) == (13, 14, 1)
    assert hook.problem == "it answered 422"
    event = Event.objects.get(type="webhook-parked")
    assert event.details["parked_at"] == 14
    assert receiver.numbers == list(range(1, 14))
    assert [one for one in log_lines() if one["level"] == "error" and one.get("sequence") == 14]

    assert send() == 0  # not before an hour is over
    with time_machine.travel(timezone.now() + 1.1 * HOUR):
        assert send() == 0
    assert Event.objects.filter(type="webhook-parked").count() == 1
    assert receiver.numbers == list(range(1, 14))


def test_a_parked_webhook_goes_on_when_it_is_retried(webhook, receiver, ada):
    hook = webhook()
    log(ada.workspace_id, 9)
    receiver.answer = refuse(5)
    send()
    receiver.answer = accept
    assert send() == 0
    assert webhooks.retry(hook, by=actor(ada))
    assert send() == last(ada.workspace_id) - 4
    assert receiver.numbers == list(range(1, last(ada.workspace_id) + 1))
    hook.refresh_from_db()
    assert (hook.parked_at, hook.problem) == (None, "")
    assert hook.batch_size > 4  # it has doubled with each delivery


@pytest.mark.parametrize("code", [408, 425, 429, 301, 500, 503])
def test_what_is_not_about_the_content_parks_nothing(webhook, receiver, code):
    hook = webhook()
    receiver.answer = status(code)
    send()
    hook.refresh_from_db()
    assert (hook.parked_at, hook.batch_size, hook.problem) == (None, 100, f"it answered {code}")
    assert timedelta(seconds=3) < hook.due_at - timezone.now() <= timedelta(seconds=5)


def test_no_event_is_left_out_that_cannot_be_read(webhook, receiver, ada):
    hook = webhook()
    log(ada.workspace_id, 4)
    triggers.remove("default")
    Event.objects.filter(sequence=3).delete()
    assert send() == 2
    hook.refresh_from_db()
    assert (hook.position, hook.parked_at) == (2, 3)
    assert hook.problem == "the event is missing or can't be read"


def test_without_the_key_of_its_secret_nothing_is_sent(webhook, receiver, settings):
    hook = webhook()
    settings.TOKEN_KEYS = [Fernet.generate_key().decode()]
    assert (send(), receiver.attempts) == (0, 0)
    hook.refresh_from_db()
    assert hook.problem == "no key of TOKEN_KEYS decrypts the secret"


def test_nothing_is_sent_while_it_is_off_and_it_goes_on_where_it_stopped(webhook, receiver, ada):
    hook = webhook()
    send()
    webhooks.turn(hook, on=False, by=actor(ada))
    log(ada.workspace_id, 3)
    assert send() == 0
    webhooks.turn(hook, on=True, by=actor(ada))
    assert send() == 5
    assert receiver.numbers == [1, 2, 3, 4, 5, 6]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("late", [accept, status(500), status(422)], ids=["accepted", "failed", "refused"])
def test_a_worker_that_was_suspended_moves_nothing_back(webhook, receiver, ada, late):
    """Its lock runs out while it waits for the answer, and another worker sends meanwhile."""
    hook = webhook()
    log(ada.workspace_id, 4)
    sent = []

    def answer(handler):
        receiver.answer = accept
        NamedLock.objects.update(expires_at=timezone.now() - HOUR)
        sender._attempts.clear()  # those of another process are its own
        sent.append(send())
        log(ada.workspace_id, 1)
        connection.close()
        late(handler)

    receiver.answer = answer
    assert (send(), sent) == (0, [5])
    hook.refresh_from_db()
    assert (hook.position, hook.problem, hook.batch_size) == (5, "", 100)
    assert receiver.numbers == [1, 2, 3, 4, 5]


def test_a_locked_webhook_is_left_to_the_worker_that_sends_to_it(webhook, receiver):
    hook = webhook()
    until = timezone.now() + timedelta(seconds=30)
    NamedLock.objects.create(name=f"webhook:{hook.pk}", holder=uuid4(), expires_at=until)
    assert (send(), receiver.attempts) == (0, 0)


def test_a_stopping_worker_sends_nothing_more(webhook, receiver):
    webhook()
    assert (send_events(lambda: False), receiver.attempts) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_several_workers_send_in_order(webhook, receiver, ada):
    webhook()
    log(ada.workspace_id, 60)
    begun = Barrier(3)

    def work():
        begun.wait()
        try:
            return sum(send() for _ in range(5))
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        sent = sum(one.result(60) for one in [pool.submit(work) for _ in range(3)])
    assert sent == 61
    assert [number for batch in receiver.batches for number in batch] == list(range(1, 62))
