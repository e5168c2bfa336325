"""Webhooks are called over HTTP, repeated, and paused after ten failures."""

import json

import pytest

from portal.standin.deliveries import ATTEMPTS
from portal.standin.entities import Webhook
from portal.standin.seed import user_id
from tests.receiver import receiving, status

ALL = "user_added,user_status_changed,user_activation_changed,user_deleted"


@pytest.fixture
def receiver(standin):
    with receiving() as receiver:
        world, ada = standin.world, standin.world.person("ada")
        for number, events in enumerate([ALL, "user_deleted"]):
            webhook = Webhook(
                user_id(f"hook{number}"),
                ada.workspace_id,
                ada.id,
                world.now(),
                "Desk",
                receiver.url,
                events,
                is_active=not number,
                authentication_type="header",
                authentication="X-Secret=a=b",
            )
            world.webhooks[webhook.id] = webhook
        yield receiver


def seen(standin, receiver):
    standin.deliveries.wait()
    return [(one["eventType"], one["entityId"]) for one in map(json.loads, receiver.bodies)]


def test_what_happens_to_users_is_delivered(standin, receiver):
    world, ada = standin.world, standin.world.person("ada")
    task, role = world.task("WEB-12").id, world.role("guest").id
    guest = world.assign_by_email(ada, task, "carla@studio.example", role, {})
    expected = [("user_added", str(guest.id))]
    assert seen(standin, receiver) == expected
    for change, event in [
        (lambda: world.accept_invitation(world.people[guest.id]), "user_status_changed"),
        (lambda: world.deactivate(ada, guest.id), "user_activation_changed"),
        (lambda: world.activate(ada, guest.id), "user_activation_changed"),
        (lambda: world.archive(ada, world.people[guest.id]), "user_status_changed"),
        (lambda: world.move_to_connect(ada, world.people[guest.id]), "user_status_changed"),
        (lambda: world.delete(ada, world.people[guest.id]), "user_deleted"),
    ]:
        change()
        expected.append((event, str(guest.id)))
        assert seen(standin, receiver) == expected
    world.deactivate(world.person("otto"), user_id("olga"))  # of another workspace
    assert seen(standin, receiver) == expected
    assert "X-Secret: a=b" in receiver.requests[0][0]


def test_an_event_may_be_delivered_several_times(standin, receiver):
    standin.deliveries.copies = 3
    standin.world.accept_invitation(
        standin.world.change(standin.world.person("zoe"), invitation_accepted=False)
    )
    assert seen(standin, receiver) == [("user_status_changed", str(user_id("zoe")))] * 3


def test_a_webhook_is_paused_after_ten_failures(standin, receiver, monkeypatch):
    monkeypatch.setattr("portal.standin.deliveries.RETRY_SECONDS", 0.001)
    receiver.answer = status(500)
    world = standin.world
    world.deactivate(world.person("ada"), user_id("zoe"))
    assert len(seen(standin, receiver)) == ATTEMPTS
    webhook = world.webhooks[user_id("hook0")]
    assert (webhook.is_active, webhook.last_failure_reason) == (False, "The receiver answered 500.")
    world.activate(world.person("ada"), user_id("zoe"))
    assert len(seen(standin, receiver)) == ATTEMPTS
