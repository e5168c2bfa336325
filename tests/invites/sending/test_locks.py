from uuid import uuid4

import pytest

from invites.sending import locks
from invites.sending.locks import task_lock
from portal.awork import timeouts
from portal.locks import LockBusy, named_lock

pytestmark = pytest.mark.django_db


def test_a_task_is_one_persons_turn_at_a_time():
    task = uuid4()
    with task_lock(task), pytest.raises(LockBusy), named_lock(f"task:{task}", seconds=1, wait=0):
        pass


def test_other_tasks_go_on():
    with task_lock(uuid4()), task_lock(uuid4()):
        pass


def test_awork_is_asked_nothing_when_the_turn_may_have_gone_to_somebody_else(monkeypatch):
    monkeypatch.setattr(locks, "LEASE_SECONDS", timeouts.REQUEST_SECONDS)
    with task_lock(uuid4()):
        assert timeouts.seconds_left() <= 0
    assert timeouts.seconds_left() == float("inf")
