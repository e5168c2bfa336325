from uuid import uuid4

import pytest

from invites.services import turn
from invites.services.turn import turn_on
from portal.awork import deadline
from portal.claims import Busy, claim

pytestmark = pytest.mark.django_db


def test_a_task_is_one_persons_turn_at_a_time():
    task = uuid4()
    with turn_on(task), pytest.raises(Busy), claim(f"task:{task}", seconds=1, wait=0):
        pass


def test_other_tasks_go_on():
    with turn_on(uuid4()), turn_on(uuid4()):
        pass


def test_awork_is_asked_nothing_when_the_turn_may_have_gone_to_somebody_else(monkeypatch):
    monkeypatch.setattr(turn, "LEASE_SECONDS", turn.CALL_SECONDS)
    with turn_on(uuid4()):
        assert deadline.left() <= 0
    assert deadline.left() == float("inf")
