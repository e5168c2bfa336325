"""Named locks, and commits that do not wait for the disk."""

import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal import locks
from portal.locks import LockBusy, named_lock, relaxed_durability
from portal.models import NamedLock
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)
NORMAL, FULL = 1, 2  # values of SQLite's PRAGMA synchronous
sqlite_only = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="about SQLite's file")


def synchronous():
    with connection.cursor() as cursor:
        return cursor.execute("PRAGMA synchronous").fetchone()[0]


def test_sixteen_threads_hold_a_lock_one_after_the_other():
    inside, most = [], []

    def work(number):
        with named_lock("one thing", seconds=30, wait=30):
            inside.append(number)
            most.append(len(inside))
            time.sleep(0.01)
            inside.remove(number)

    at_once(16, work)
    assert most == [1] * 16
    assert not NamedLock.objects.exists()


def test_one_of_sixteen_that_do_not_wait_gets_the_lock():
    def work(number):
        try:
            with named_lock("one thing", seconds=30, wait=0):
                time.sleep(1)
                return True
        except LockBusy:
            return False

    assert at_once(16, work).count(True) == 1


def test_different_locks_do_not_block_each_other():
    with named_lock("one thing", seconds=30, wait=0), named_lock("another", seconds=30, wait=0):
        assert NamedLock.objects.count() == 2


def test_a_lock_is_released_when_the_work_fails():
    with pytest.raises(ZeroDivisionError), named_lock("one thing", seconds=30, wait=0):
        raise ZeroDivisionError
    assert not NamedLock.objects.exists()


def test_waiting_in_vain_raises():
    NamedLock.objects.create(
        name="one thing", holder=uuid4(), expires_at=timezone.now() + timedelta(minutes=1)
    )
    began = time.monotonic()
    with pytest.raises(LockBusy), named_lock("one thing", seconds=30, wait=0.2):
        pass
    assert 0.2 <= time.monotonic() - began < 2


def test_an_expired_lock_gets_one_new_holder():
    ended = timezone.now() - timedelta(seconds=1)
    NamedLock.objects.create(name="one thing", holder=uuid4(), expires_at=ended)

    def work(number):
        try:
            with named_lock("one thing", seconds=30, wait=0):
                time.sleep(1)
                return True
        except LockBusy:
            return False

    assert at_once(8, work).count(True) == 1


def test_an_old_holder_does_not_release_the_next_one():
    with named_lock("one thing", seconds=30, wait=0):
        NamedLock.objects.update(holder=uuid4())
    assert NamedLock.objects.filter(name="one thing").exists()


def test_a_lock_can_be_released_with_a_transaction():
    with named_lock("one thing", seconds=30, wait=0) as lock:
        with transaction.atomic():
            lock.release_on_commit()
        assert lock.is_released
        with named_lock("one thing", seconds=30, wait=0):
            pass


def test_a_transaction_that_is_rolled_back_does_not_release_the_lock():
    with named_lock("one thing", seconds=30, wait=0) as lock:
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            lock.release_on_commit()
            raise ZeroDivisionError
        assert NamedLock.objects.get().holder == lock.holder
    assert not NamedLock.objects.exists()


def test_waiting_for_a_lock_only_reads():
    until = timezone.now() + timedelta(minutes=1)
    NamedLock.objects.create(name="one thing", holder=uuid4(), expires_at=until)
    deadline = time.monotonic() + 0.2
    with CaptureQueriesContext(connection) as queries, pytest.raises(LockBusy):
        locks._wait_until_free("one thing", deadline)
    assert queries.captured_queries
    assert all(query["sql"].startswith("SELECT") for query in queries.captured_queries)


def test_a_lock_inside_a_transaction_is_rejected():
    with pytest.raises(RuntimeError), transaction.atomic(), named_lock("one thing", seconds=30, wait=0):
        pass


@sqlite_only
def test_commits_after_a_lock_wait_for_the_disk():
    with named_lock("task", seconds=60, wait=0):
        during = synchronous()
    assert (during, synchronous()) == (FULL, FULL)


@sqlite_only
def test_durability_is_relaxed_within_the_block_only():
    with relaxed_durability():
        assert synchronous() == NORMAL
    assert synchronous() == FULL


@sqlite_only
def test_durability_stays_relaxed_after_a_lock_within_the_block():
    with relaxed_durability():
        with named_lock("task", seconds=60, wait=0):
            pass
        assert synchronous() == NORMAL
    assert synchronous() == FULL


@sqlite_only
def test_durability_is_restored_after_a_failure():
    with pytest.raises(ZeroDivisionError), relaxed_durability():
        raise ZeroDivisionError
    assert synchronous() == FULL


@sqlite_only
def test_a_transaction_stays_durable():
    with transaction.atomic(), relaxed_durability():
        assert synchronous() == FULL
