"""Connecting awork's webhook: exactly one, with a secret that the desk knows, and events for each step."""

from dataclasses import replace

import pytest

from invites.audit.models import Event
from invites.models import AworkUpdates
from invites.updates import connect
from portal.awork.tokens import client_for, delete
from portal.locks import LockBusy, named_lock
from tests.invites.conftest import actor

pytestmark = pytest.mark.django_db


def do(user, what=connect.connect):
    return what(user, client_for(user), by=actor(user))


def events():
    found = Event.objects.filter(type="awork-updates").order_by("sequence")
    return [(one.details["action"], one.outcome) for one in found]


def at_awork(standin):
    (webhook,) = standin.world.webhooks.values()
    return webhook


def test_awork_gets_one_webhook_with_a_secret_of_which_the_digest_is_stored(standin, connected, settings):
    webhook = at_awork(standin)
    name, _, secret = webhook.authentication.partition("=")
    assert (webhook.uri, webhook.is_active) == (settings.PORTAL_URL + connected.path, True)
    assert set(webhook.events.split(",")) == set(connect.EVENTS)
    assert (name, len(secret)) == ("X-Desk-Secret", 43)
    assert (connected.awork_id, connected.digest, connected.new_digest) == (
        webhook.id,
        connect.digest(secret),
        "",
    )
    assert events() == [("connect", "requested"), ("connect", "done")]
    assert secret not in str(list(Event.objects.values())) + str(list(AworkUpdates.objects.values()))


def test_connecting_again_turns_on_what_awork_has_paused_with_a_new_secret(standin, ada, connected):
    before = at_awork(standin)
    standin.world.webhooks[before.id] = replace(before, is_active=False, last_failure_reason="x")
    assert do(ada) == "done"
    after = at_awork(standin)
    assert (after.id, after.is_active) == (before.id, True)
    assert after.authentication != before.authentication
    assert AworkUpdates.objects.get().digest == connect.digest(after.authentication.partition("=")[2])


def test_a_webhook_that_was_deleted_in_awork_is_made_anew(standin, ada, connected):
    standin.world.webhooks.clear()
    assert do(ada) == "done"
    assert AworkUpdates.objects.get().awork_id == at_awork(standin).id


def test_without_the_right_awork_refuses_and_nothing_is_connected(standin, ada):
    standin.world.change(standin.world.person("ada"), role_id=standin.world.role("manager").id)
    assert do(ada) == "refused"
    assert not AworkUpdates.objects.exists()
    assert events() == [("connect", "requested"), ("connect", "refused")]


def test_a_refusal_leaves_what_was_connected(standin, ada, connected):
    standin.world.change(standin.world.person("ada"), role_id=standin.world.role("manager").id)
    for what in (connect.connect, connect.disconnect):
        assert do(ada, what) == "refused"
    after = AworkUpdates.objects.get()
    assert (after.digest, after.new_digest) == (connected.digest, "")
    assert at_awork(standin).is_active


@pytest.mark.parametrize("fault", ["cut_after", "cut_before", "garbage", "truncated", "empty"])
def test_what_is_unclear_is_settled_by_looking_when_it_is_done_again(standin, deliveries, ada, fault):
    standin.fault("POST", "/webhooks", fault)
    assert do(ada) == "unclear"
    updates = AworkUpdates.objects.get()
    assert updates.awork_id is None
    for webhook in standin.world.webhooks.values():  # awork may deliver already
        assert updates.new_digest == connect.digest(webhook.authentication.partition("=")[2])
    assert do(ada) == "done"
    assert AworkUpdates.objects.get().awork_id == at_awork(standin).id
    assert events()[1] == ("connect", "unclear")


def test_disconnecting_deletes_the_webhook_in_awork(standin, ada, connected):
    assert do(ada, connect.disconnect) == "done"
    assert standin.world.webhooks == {}
    assert not AworkUpdates.objects.exists()
    assert events()[2:] == [("disconnect", "requested"), ("disconnect", "done")]
    assert do(ada, connect.disconnect) is None
    assert len(events()) == 4


@pytest.mark.parametrize("fault", ["cut_after", "status"])
def test_disconnecting_can_be_repeated_until_awork_confirms_it(standin, ada, connected, fault):
    standin.fault("DELETE", "/webhooks", fault)
    assert do(ada, connect.disconnect) == "unclear"
    assert AworkUpdates.objects.exists()
    assert do(ada, connect.disconnect) == "done"
    assert (standin.world.webhooks, AworkUpdates.objects.count()) == ({}, 0)


def test_a_webhook_that_is_gone_already_is_disconnected(standin, ada, connected):
    gone = {"code": "not-found", "description": "Gone.", "traceId": "t"}
    standin.fault("DELETE", "/webhooks", "status", status=404, body=gone)
    assert do(ada, connect.disconnect) == "done"
    assert not AworkUpdates.objects.exists()


def test_webhooks_of_others_stay(standin, ada, connected):
    other = replace(at_awork(standin), id=ada.awork_id, uri="https://other.example/", name="Other")
    standin.world.webhooks[other.id] = other
    do(ada, connect.disconnect)
    assert list(standin.world.webhooks.values()) == [other]


def test_two_at_once_make_one(standin, ada, deliveries):
    with (
        named_lock(f"awork-updates:{ada.workspace_id}", seconds=60, wait=0),
        pytest.raises(LockBusy),
    ):
        do(ada)
    assert standin.world.webhooks == {}
    assert events() == []


def test_an_ended_sign_in_is_raised_after_its_event(standin, ada, deliveries):
    client = client_for(ada)
    delete(ada)
    standin.grants.reset()
    with pytest.raises(connect.SignInExpired):
        connect.connect(ada, client, by=actor(ada))
    assert events() == [("connect", "requested"), ("connect", "not done")]
    assert not AworkUpdates.objects.exists()
