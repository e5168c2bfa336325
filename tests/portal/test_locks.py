"""One holder at a time for a named thing."""

import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone

from portal.locks import LockBusy, named_lock
from portal.models import NamedLock
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)
FULL = 2  # SQLite's word for it


def test_sixteen_threads_hold_it_one_after_the_other():
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


def test_of_sixteen_that_do_not_wait_one_gets_it():
    def work(number):
        try:
            with named_lock("one thing", seconds=30, wait=0):
                time.sleep(1)
                return True
        except LockBusy:
            return False

    assert at_once(16, work).count(True) == 1


def test_different_things_do_not_wait_for_each_other():
    with named_lock("one thing", seconds=30, wait=0), named_lock("another", seconds=30, wait=0):
        assert NamedLock.objects.count() == 2


def test_it_is_given_back_when_the_work_fails():
    with pytest.raises(ZeroDivisionError), named_lock("one thing", seconds=30, wait=0):
        raise ZeroDivisionError
    assert not NamedLock.objects.exists()


def test_who_waits_in_vain_is_told():
    NamedLock.objects.create(
        name="one thing", holder=uuid4(), expires_at=timezone.now() + timedelta(minutes=1)
    )
    began = time.monotonic()
    with pytest.raises(LockBusy), named_lock("one thing", seconds=30, wait=0.2):
        pass
    assert 0.2 <= time.monotonic() - began < 2


def test_one_that_ran_out_goes_to_a_single_other():
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


def test_who_lost_it_does_not_end_the_next_ones():
    with named_lock("one thing", seconds=30, wait=0):
        NamedLock.objects.update(holder=uuid4())
    assert NamedLock.objects.filter(name="one thing").exists()


def test_it_is_refused_inside_a_transaction_where_nobody_would_see_it():
    with pytest.raises(RuntimeError), transaction.atomic(), named_lock("one thing", seconds=30, wait=0):
        pass


def test_what_follows_a_claim_waits_for_the_disk_again():
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL waits always")
    with named_lock("task", seconds=60, wait=0):
        during = synchronous()
    assert (during, synchronous()) == (FULL, FULL)


def synchronous():
    with connection.cursor() as cursor:
        return cursor.execute("PRAGMA synchronous").fetchone()[0]
