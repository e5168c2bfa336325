from uuid import uuid4

import pytest

from invites.sending import locks
from invites.sending.locks import task_lock
from portal.awork import timeouts
from portal.locks import LockBusy, named_lock

pytestmark = pytest.mark.django_db


def test_a_task_can_be_locked_once_at_a_time():
    task = uuid4()
    with task_lock(task), pytest.raises(LockBusy), named_lock(f"task:{task}", seconds=1, wait=0):
        pass


def test_other_tasks_can_be_locked():
    with task_lock(uuid4()), task_lock(uuid4()):
        pass


def test_no_call_starts_when_the_lock_may_have_expired(monkeypatch):
    monkeypatch.setattr(locks, "LEASE_SECONDS", timeouts.REQUEST_SECONDS)
    with task_lock(uuid4()):
        assert timeouts.seconds_left() <= 0
    assert timeouts.seconds_left() == float("inf")
