"""`/awork-updates/`: connecting, its state, and disconnecting."""

from dataclasses import replace

import pytest

from invites.audit.models import Event
from invites.models import AworkUpdates

pytestmark = pytest.mark.django_db


def post(client, action):
    return client.post(f"/awork-updates/{action}/", follow=True).text


def page(client):
    return client.get("/awork-updates/").text


def change(standin, **fields):
    (webhook,) = standin.world.webhooks.values()
    standin.world.webhooks[webhook.id] = replace(webhook, **fields)


def test_an_administrator_connects_in_one_click_and_disconnects(standin, ada, client, settings):
    assert "Not connected" in page(client)
    assert "not connected" in client.get("/status/").text
    connected = post(client, "connect")
    assert "awork tells the desk from now on what happens to users." in connected
    assert "No delivery has come yet." in connected
    assert (settings.PORTAL_URL + AworkUpdates.objects.get().path) in connected.replace("<wbr>", "")
    (webhook,) = standin.world.webhooks.values()
    assert webhook.authentication.partition("=")[2] not in connected
    assert "connected, no delivery yet" in client.get("/status/").text
    assert "Not connected" in post(client, "disconnect")
    assert standin.world.webhooks == {}
    assert "Ada Ahrens disconnected updates from awork." in client.get("/audit/").text


def test_the_page_says_when_awork_has_paused_it_and_turns_it_on(standin, ada, client):
    post(client, "connect")
    change(standin, is_active=False, last_failure_reason="The receiver answered <b>500</b>.")
    paused = page(client)
    assert "Paused by awork" in paused
    assert "awork says: The receiver answered &lt;b&gt;500&lt;/b&gt;." in paused
    assert "Turn on again" in paused
    assert "Paused by awork" not in post(client, "connect")
    assert next(iter(standin.world.webhooks.values())).is_active


def test_the_page_says_that_somebody_deleted_it_in_awork(standin, ada, client):
    post(client, "connect")
    standin.world.webhooks.clear()
    assert "Not connected any more" in page(client)
    assert "Not connected any more" not in post(client, "connect")


def test_without_the_right_in_awork_it_says_which_one_is_needed(standin, ada, client):
    standin.world.change(standin.world.person("ada"), role_id=standin.world.role("manager").id)
    assert "workspace-manage-config:write" in post(client, "connect")
    assert "Not connected" in page(client)


def test_without_the_right_to_read_it_does_not_say_that_it_is_active(standin, ada, client):
    post(client, "connect")
    standin.world.change(standin.world.person("ada"), role_id=standin.world.role("manager").id)
    assert "awork doesn't tell you whether it still delivers." in page(client)


def test_who_is_no_administrator_of_the_desk_cannot(standin, paula, client):
    for action in ("connect", "disconnect"):
        assert client.post(f"/awork-updates/{action}/").status_code == 403
    assert standin.world.webhooks == {}
    assert not Event.objects.filter(type="awork-updates").exists()
