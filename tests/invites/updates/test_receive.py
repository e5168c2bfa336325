"""Deliveries of awork's webhook: hints that make the desk look, whatever becomes of them."""

import json
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from invites.audit.models import Event
from invites.guests import refresh
from invites.models import AworkUpdates, Guest
from invites.updates.receive import MAX_BYTES
from portal.standin.seed import user_id
from portal.web import rate_limits
from tests.invites import factories
from tests.receiver import status

pytestmark = pytest.mark.django_db
CARLA = "carla@creative.example"


@pytest.fixture
def guest(standin, send, new_invitation):
    """Carla, invited by Paula; the desk has asked about her just now."""
    send(new_invitation())
    look()
    assert Guest.objects.get().state == "pending"
    standin.requests.clear()
    return Guest.objects.get()


def look():
    return refresh.refresh_due(lambda: True)


def state():
    return Guest.objects.get().state


def carla(standin):
    return standin.world.person(CARLA)


def count_events():
    return Event.objects.count()


def due():
    return Guest.due().count()


def test_a_join_shows_at_the_next_run_of_the_duty(standin, guest, connected, deliveries):
    standin.world.accept_invitation(carla(standin))
    assert (look(), state()) == (0, "pending")  # not due for an hour
    assert deliveries.arrive() == [204]
    assert (look(), state()) == (1, "joined")
    updates = AworkUpdates.objects.get()
    assert updates.event == "user_status_changed"
    assert timezone.now() - updates.delivered_at < timedelta(minutes=1)
    assert timedelta(minutes=1) >= refresh.PERIOD


def test_each_end_shows_too(standin, guest, connected, deliveries):
    world, ada = standin.world, standin.world.person("ada")
    for change, expected in [
        (lambda: world.accept_invitation(carla(standin)), "joined"),
        (lambda: world.deactivate(ada, guest.awork_id), "ended"),
        (lambda: world.activate(ada, guest.awork_id), "joined"),
        (lambda: world.move_to_connect(ada, carla(standin)), "moved"),
        (lambda: world.delete(ada, carla(standin)), "gone"),
    ]:
        change()
        assert deliveries.arrive() == [204]
        assert (look(), state()) == (1, expected)
    assert Event.objects.filter(type="guest-ended").get().actor_name == "Invitation desk"


def test_repeated_deliveries_ask_once(standin, guest, connected, deliveries):
    standin.world.accept_invitation(carla(standin))
    assert deliveries.arrive(times=10) == [204] * 10
    assert look() == 1
    assert Event.objects.filter(type="guest-joined").count() == 1


def test_a_late_delivery_changes_nothing(standin, guest, connected, deliveries):
    standin.world.accept_invitation(carla(standin))
    standin.world.deactivate(standin.world.person("ada"), guest.awork_id)
    Guest.objects.update(next_check_at=timezone.now())
    assert (look(), state()) == (1, "ended")
    before = count_events()
    assert deliveries.arrive() == [204, 204]
    assert (look(), state()) == (1, "ended")
    assert count_events() == before


def test_a_lost_delivery_is_made_up_for_by_the_next_refresh(standin, guest, connected, deliveries):
    deliveries.receiver.answer = status(503)
    standin.world.accept_invitation(carla(standin))
    standin.deliveries.wait()
    (webhook,) = standin.world.webhooks.values()
    assert not webhook.is_active  # awork has paused it
    Guest.objects.update(next_check_at=timezone.now())  # an hour later
    assert (look(), state()) == (1, "joined")


@pytest.mark.parametrize("forged", ["", "wrong", "x" * 100_000, "\xe4"])
def test_a_forged_delivery_is_refused_and_leaves_no_trace(standin, guest, connected, deliveries, forged):
    before = count_events()
    body = json.dumps({"eventType": "user_deleted", "entityId": str(guest.awork_id)})
    for _ in range(20):
        assert deliveries.post(body, secret=forged) == 401
    assert deliveries.post(body, path=f"/api/awork-updates/{uuid4()}/") == 401
    assert (due(), count_events()) == (0, before)
    assert AworkUpdates.objects.get().delivered_at is None


def test_a_lie_with_the_right_secret_makes_the_desk_look_and_nothing_else(guest, connected, deliveries):
    before = count_events()
    body = {"eventType": "user_deleted", "entityId": str(guest.awork_id), "triggeredBy": {"id": "x"}}
    assert deliveries.post(json.dumps(body)) == 204
    assert (look(), state()) == (1, "pending")
    assert count_events() == before


def test_an_unknown_account_may_be_a_guest_who_was_just_added(standin, guest, connected, deliveries):
    Guest.objects.update(awork_id=None)
    other = factories.invitation(guest.sponsor, email="other@creative.example")
    factories.guest(guest.sponsor, of=other, next_check_at=guest.next_check_at)
    contacts = [{"type": "email", "value": "Carla@Creative.example"}]
    entity = {"id": str(uuid4()), "status": {"isDeactivated": False}, "userContactInfos": contacts}
    body = {"eventType": "user_added", "entityId": entity["id"], "entity": entity}
    assert deliveries.post(json.dumps(body)) == 204
    assert [one.email for one in Guest.due()] == [CARLA]
    assert deliveries.post(json.dumps({**body, "entity": None})) == 204
    assert due() == 2


def test_guests_of_other_workspaces_are_not_asked_about(standin, guest, connected, deliveries):
    stranger = factories.person("Otto Ostwind", "Südwind")
    theirs = factories.guest(stranger, awork_id=user_id("olga"), next_check_at=guest.next_check_at)
    assert deliveries.post(json.dumps({"entityId": str(theirs.awork_id)})) == 204
    assert due() == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"7",
        b"\xff",
        b"[" * 50_000,
        b'{"entityId": null}',
        b'{"entityId": "1", "eventType": {"a": 1}}',
        b'{"entityId": ["\\ud800"], "eventType": "\\ud800"}',
        json.dumps({"entityId": str(user_id("x")), "entity": {"id": 7}, "eventType": "<b>"}).encode(),
    ],
)
def test_what_cannot_be_read_names_nobody(guest, connected, deliveries, body):
    assert deliveries.post(body) == 204
    assert due() == 0
    assert AworkUpdates.objects.get().event == "other"


def test_a_long_body_is_not_read(guest, connected, deliveries):
    assert deliveries.post(b" " * (MAX_BYTES + 1)) == 413
    assert deliveries.post(b" " * 300_000) == 413
    assert AworkUpdates.objects.get().delivered_at is None


def test_too_many_deliveries_wait_and_are_one_event(guest, connected, deliveries, monkeypatch):
    limit = replace(rate_limits.AWORK_UPDATES, per_user=3)
    monkeypatch.setattr("portal.web.rate_limits.AWORK_UPDATES", limit)
    before = count_events()
    assert [deliveries.post("{}") for _ in range(6)] == [204] * 3 + [429] * 3
    assert count_events() == before + 1


def test_a_delivery_while_awork_is_asked_is_not_forgotten(standin, guest, connected, deliveries):
    """awork has answered "pending" when the guest joins, and the delivery comes before that is saved."""
    Guest.objects.update(next_check_at=timezone.now() - timedelta(seconds=5))
    asked = Guest.objects.select_related("invitation__inviter", "sponsor").get()
    assert refresh._claim(asked)
    seen = refresh.ask(asked, None)
    standin.world.accept_invitation(carla(standin))
    assert deliveries.arrive() == [204]
    refresh._store(asked, seen)
    assert (state(), due()) == ("pending", 1)
    assert (look(), state(), due()) == (1, "joined", 0)
