"""One holder at a time for a named thing."""

import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone

from portal.claims import Busy, claim
from portal.models import Claim
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)
FULL = 2  # SQLite's word for it


def test_sixteen_threads_hold_it_one_after_the_other():
    inside, most = [], []

    def work(number):
        with claim("one thing", seconds=30, wait=30):
            inside.append(number)
            most.append(len(inside))
            time.sleep(0.01)
            inside.remove(number)

    at_once(16, work)
    assert most == [1] * 16
    assert not Claim.objects.exists()


def test_of_sixteen_that_do_not_wait_one_gets_it():
    def work(number):
        try:
            with claim("one thing", seconds=30, wait=0):
                time.sleep(1)
                return True
        except Busy:
            return False

    assert at_once(16, work).count(True) == 1


def test_different_things_do_not_wait_for_each_other():
    with claim("one thing", seconds=30, wait=0), claim("another", seconds=30, wait=0):
        assert Claim.objects.count() == 2


def test_it_is_given_back_when_the_work_fails():
    with pytest.raises(ZeroDivisionError), claim("one thing", seconds=30, wait=0):
        raise ZeroDivisionError
    assert not Claim.objects.exists()


def test_who_waits_in_vain_is_told():
    Claim.objects.create(name="one thing", holder=uuid4(), until=timezone.now() + timedelta(minutes=1))
    began = time.monotonic()
    with pytest.raises(Busy), claim("one thing", seconds=30, wait=0.2):
        pass
    assert 0.2 <= time.monotonic() - began < 2


def test_one_that_ran_out_goes_to_a_single_other():
    ended = timezone.now() - timedelta(seconds=1)
    Claim.objects.create(name="one thing", holder=uuid4(), until=ended)

    def work(number):
        try:
            with claim("one thing", seconds=30, wait=0):
                time.sleep(1)
                return True
        except Busy:
            return False

    assert at_once(8, work).count(True) == 1


def test_who_lost_it_does_not_end_the_next_ones():
    with claim("one thing", seconds=30, wait=0):
        Claim.objects.update(holder=uuid4())
    assert Claim.objects.filter(name="one thing").exists()


def test_it_is_refused_inside_a_transaction_where_nobody_would_see_it():
    with pytest.raises(RuntimeError), transaction.atomic(), claim("one thing", seconds=30, wait=0):
        pass


def test_what_follows_a_claim_waits_for_the_disk_again():
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL waits always")
    with claim("task", seconds=60, wait=0):
        during = synchronous()
    assert (during, synchronous()) == (FULL, FULL)


def synchronous():
    with connection.cursor() as cursor:
        return cursor.execute("PRAGMA synchronous").fetchone()[0]
