import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from invites.models import Invitation
from invites.sending import locks
from invites.sending.locks import task_lock
from portal.awork import timeouts
from portal.locks import LockBusy, named_lock
from portal.models import NamedLock
from tests.invites import factories
from tests.threads import at_once

pytestmark = pytest.mark.django_db
SOON = timedelta(seconds=5)


def test_a_task_can_be_locked_once_at_a_time():
    task = uuid4()
    with task_lock(task), pytest.raises(LockBusy), named_lock(f"task:{task}", seconds=1, wait=0):
        pass


def test_other_tasks_can_be_locked():
    with task_lock(uuid4()), task_lock(uuid4()):
        pass


@pytest.fixture
def free():
    """An invitation that no process works on."""
    return factories.invitation(factories.person(), state="unclear")


def test_taking_a_lease_writes_its_end_so_that_another_process_is_turned_away(free):
    other = Invitation.objects.get(pk=free.pk)
    assert locks.take_lease(free)

    assert not locks.take_lease(other)
    assert other.lease_holder == free.lease_holder
    for one in (free, other):
        assert abs(one.lease_expires_at - timezone.now() - timedelta(seconds=locks.LEASE_SECONDS)) < SOON


def test_a_lease_can_be_taken_again_when_it_has_ended(free):
    locks.take_lease(free)
    Invitation.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    other = Invitation.objects.get()

    assert locks.take_lease(other)
    with pytest.raises(locks.LeaseLost):
        locks.save_leased(free)


@pytest.mark.django_db(transaction=True)
def test_of_eight_processes_one_takes_the_lease(free):
    rows = [Invitation.objects.get(pk=free.pk) for _ in range(8)]
    assert at_once(8, lambda number: locks.take_lease(rows[number])).count(True) == 1


def test_no_call_starts_when_the_lock_may_have_expired(monkeypatch):
    monkeypatch.setattr(locks, "LEASE_SECONDS", timeouts.REQUEST_SECONDS)
    with task_lock(uuid4()):
        assert timeouts.seconds_left() <= 0
    assert timeouts.seconds_left() == float("inf")


def test_no_call_starts_when_the_lease_may_have_expired(free, monkeypatch):
    monkeypatch.setattr(locks, "LEASE_SECONDS", timeouts.REQUEST_SECONDS)
    locks.take_lease(free)
    with locks.held_lease(free):
        assert timeouts.seconds_left() <= 0


@pytest.mark.django_db(transaction=True)
def test_lease_and_task_lock_are_renewed_while_the_work_goes_on(free, monkeypatch):
    monkeypatch.setattr(locks, "RENEW_SECONDS", 0.02)
    locks.take_lease(free)
    with task_lock(free.task_id) as lock, locks.held_lease(free):
        first, first_of_lock = free.lease_expires_at, lock.expires_at
        wait_until(lambda: free.lease_expires_at > first and lock.expires_at > first_of_lock)
        assert Invitation.objects.get().lease_expires_at > first
        assert NamedLock.objects.get().expires_at > first_of_lock


@pytest.mark.django_db(transaction=True)
def test_a_lease_that_expired_meanwhile_is_not_renewed(free, monkeypatch):
    monkeypatch.setattr(locks, "RENEW_SECONDS", 0.02)
    locks.take_lease(free)
    past = timezone.now() - timedelta(seconds=1)
    Invitation.objects.update(lease_expires_at=past)  # as after a suspend
    with locks.held_lease(free):
        time.sleep(0.1)
    assert Invitation.objects.get().lease_expires_at == past


def wait_until(holds):
    deadline = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)
