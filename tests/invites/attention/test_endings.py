"""Endings of access that need attention."""

from datetime import timedelta
from uuid import uuid4

import pytest

from invites.attention.endings import LATELY, SOURCES, unfinished
from invites.models import Ending, Guest
from portal import clock
from tests.invites.factories import guest, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def paula():
    return person()


@pytest.fixture
def carla(paula):
    return guest(paula, state="joined")


def ending(carla, **fields):
    said = {
        "workspace": carla.workspace,
        "guest": carla,
        "invitation": carla.invitation,
        "kind": "task",
        "target_id": carla.invitation.task_id,
        "target_key": "WEB-12",
        "target_name": "Write copy",
        "cause": "person",
        "user": carla.sponsor,
        "created_at": clock.now(),
        "changed_at": clock.now(),
        "form_key": uuid4(),
    }
    return Ending.objects.create(**said | fields)


@pytest.mark.parametrize(
    ("fields", "needs_attention"),
    [
        ({"state": "waiting", "reason": "sign-in-expired"}, True),
        ({"state": "unclear", "reason": "no-answer"}, True),
        ({"state": "refused", "reason": "forbidden"}, True),
        ({"state": "not_done", "reason": "no-effect"}, True),
        ({"state": "not_done", "reason": "withdrawn"}, False),
        ({"state": "not_done", "reason": "prolonged"}, False),
        ({"state": "refused", "changed_at": clock.now() - LATELY}, False),
        ({"state": "requested"}, False),
        ({"state": "sending"}, False),
        ({"state": "done"}, False),
        ({"state": "done", "assignees_missing": [{"id": "7"}]}, True),
    ],
)
def test_what_is_stuck_or_came_to_nothing_is_there(paula, carla, fields, needs_attention):
    one = ending(carla, **fields)
    assert list(unfinished(paula)) == [one] * needs_attention
    assert list(unfinished(person("Mona", role="lead"))) == [one] * needs_attention
    assert list(unfinished(person("Mara Manager"))) == []
    assert list(unfinished(person("Otto", workspace="Elsewhere", role="administrator"))) == []


def test_it_is_gone_when_it_was_tried_again_or_the_guest_has_gone(paula, carla):
    one = ending(carla, state="refused")
    again = ending(carla, state="requested", created_at=clock.now() + timedelta(seconds=1))
    assert list(unfinished(paula)) == []
    again.delete()
    assert list(unfinished(paula)) == [one]
    Guest.objects.update(state="ended")
    assert list(unfinished(paula)) == []


@pytest.mark.parametrize(
    ("state", "action"), [("waiting", "Confirm"), ("unclear", "Check with awork"), ("refused", "Try again")]
)
def test_each_line_says_what_and_why(paula, carla, state, action):
    one = ending(carla, state=state, reason="unauthorized")
    item = SOURCES[0].item(one, paula)
    assert (item.title, item.action) == ("Carla Creative: Unassign from a task", action)
    assert item.detail.endswith("WEB-12 Write copy · awork doesn't allow this to the person who confirmed it")
    assert item.url == f"/guests/endings/{one.id}/"
    assert SOURCES[0].item(one, person("Paul", role="auditor")).action == "View"
