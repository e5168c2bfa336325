"""Rate limits per user and IP address."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import transaction

from portal.actor import PORTAL_WORKSPACE, Actor
from portal.models import RateLimitCounter
from portal.signals import rate_limit_reached
from portal.web import rate_limits
from portal.web.rate_limits import RateLimit, RateLimitExceeded, hit
from tests.threads import at_once

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
THRICE = RateLimit("ring", seconds=600, per_user=3)
FROM_HERE = RateLimit("ring", seconds=600, per_ip=3)


def somebody(address="192.0.2.7"):
    return Actor(PORTAL_WORKSPACE, uuid4(), "Paula", "paula@studio.example", address, "tests")


def spent(limit, *, by, times=3):
    """Whether it is spent after so many."""
    for _ in range(times):
        hit(limit, by=by)
    with pytest.raises(RateLimitExceeded) as problem:
        hit(limit, by=by)
    return problem.value


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def told():
    found = []

    def note(actor, limit, **_):
        found.append((actor.name, limit))

    rate_limit_reached.connect(note)
    yield found
    rate_limit_reached.disconnect(note)


@pytest.mark.django_db
def test_it_is_counted_for_each_person():
    spent(THRICE, by=somebody())
    spent(THRICE, by=somebody())


@pytest.mark.django_db
def test_each_address_is_counted_for_all_its_users():
    for _ in range(3):
        hit(FROM_HERE, by=somebody())
    spent(FROM_HERE, by=somebody(), times=0)
    spent(FROM_HERE, by=somebody("192.0.2.8"))


@pytest.mark.django_db
def test_several_times_count_together_or_not_at_all(told):
    paula = somebody()
    hit(THRICE, by=paula, times=2)
    for _ in range(2):
        with pytest.raises(RateLimitExceeded):
            hit(THRICE, by=paula, times=2)
    hit(THRICE, by=paula)
    assert told == [("Paula", "ring")]
    with pytest.raises(RateLimitExceeded):
        hit(THRICE, by=somebody(), times=4)
    assert len(told) == 2


@pytest.mark.django_db
def test_an_ipv6_site_counts_as_one():
    for number in range(3):
        hit(FROM_HERE, by=somebody(f"2001:db8:0:1::{number}"))
    spent(FROM_HERE, by=somebody("2001:db8:0:1:ffff::9"), times=0)
    hit(FROM_HERE, by=somebody("2001:db8:0:2::1"))


@pytest.mark.django_db
def test_an_actor_without_id_and_address_is_not_counted():
    for _ in range(9):
        hit(RateLimit("ring", 600, per_user=3, per_ip=3), by=replace(somebody(""), id=None))
    assert not RateLimitCounter.objects.exists()


@pytest.mark.django_db
def test_a_person_other_than_the_actor_can_be_counted():
    one = uuid4()
    for _ in range(3):
        hit(THRICE, by=replace(somebody(), id=None), person=one)
    with pytest.raises(RateLimitExceeded):
        hit(THRICE, by=replace(somebody(), id=None), person=one)
    hit(THRICE, by=replace(somebody(), id=None), person=uuid4())


@pytest.mark.django_db
def test_different_things_are_counted_apart():
    paula = somebody()
    spent(THRICE, by=paula)
    spent(replace(THRICE, name="knock"), by=paula)


@pytest.mark.django_db
def test_the_next_window_starts_at_zero(noon):
    paula = somebody()
    noon.shift(timedelta(minutes=3, seconds=1))
    assert spent(THRICE, by=paula).wait == 419
    noon.shift(timedelta(seconds=419))
    assert spent(THRICE, by=paula).wait == 600


@pytest.mark.django_db
def test_windows_that_are_over_are_cleared(noon):
    for _ in range(3):
        hit(THRICE, by=somebody())
    noon.shift(timedelta(minutes=11))
    hit(THRICE, by=somebody())
    assert RateLimitCounter.objects.count() == 1


@pytest.mark.django_db
def test_a_flood_is_reported_once_per_window(noon, told):
    paula = somebody()
    spent(THRICE, by=paula)
    for _ in range(5):
        spent(THRICE, by=paula, times=0)
    assert told == [("Paula", "ring")]
    noon.shift(timedelta(minutes=10))
    spent(THRICE, by=paula)
    assert len(told) == 2


@pytest.mark.django_db
def test_a_flood_only_reads(django_assert_num_queries):
    paula = somebody()
    spent(THRICE, by=paula)
    with django_assert_num_queries(1), pytest.raises(RateLimitExceeded):
        hit(THRICE, by=paula)


@pytest.mark.django_db
def test_a_failed_report_is_repeated(told):
    def broken(**_):
        raise RuntimeError("no room in the log")

    paula = somebody()
    for _ in range(3):
        hit(THRICE, by=paula)
    rate_limit_reached.connect(broken)
    try:
        with pytest.raises(RuntimeError):
            hit(THRICE, by=paula)
    finally:
        rate_limit_reached.disconnect(broken)
    told.clear()
    spent(THRICE, by=paula, times=0)
    assert told == [("Paula", "ring")]


@pytest.mark.django_db
def test_a_use_that_one_limit_refuses_is_not_counted_for_the_other():
    both = RateLimit("ring", seconds=600, per_user=9, per_ip=2)
    paula = somebody()
    for _ in range(2):
        hit(both, by=paula)
    for _ in range(3):
        with pytest.raises(RateLimitExceeded):
            hit(both, by=paula)
    assert sorted(RateLimitCounter.objects.values_list("count", flat=True)) == [2, 2]


@pytest.mark.django_db
def test_the_table_contains_no_personal_data(settings):
    paula = somebody()
    hit(RateLimit("ring", 600, per_user=3, per_ip=3), by=paula)
    keys = set(RateLimitCounter.objects.values_list("key", flat=True))
    assert len(keys) == 2
    assert not any(part in key for key in keys for part in (str(paula.id), paula.id.hex, paula.ip_address))
    settings.SECRET_KEY = "another" * 10  # the same without knowing it: another digest
    hit(THRICE, by=paula)
    assert len(set(RateLimitCounter.objects.values_list("key", flat=True)) - keys) == 1


@pytest.mark.django_db(transaction=True)
def test_it_is_never_counted_within_a_transaction_that_might_wait():
    with pytest.raises(RuntimeError), transaction.atomic():
        hit(THRICE, by=somebody())


@pytest.mark.django_db(transaction=True)
def test_sixteen_threads_cannot_exceed_a_limit_and_report_it_once(told):
    paula, limit = somebody(), replace(THRICE, per_user=5)

    def go(_number):
        try:
            hit(limit, by=paula)
        except RateLimitExceeded:
            return False
        return True

    assert at_once(16, go).count(True) == 5
    assert RateLimitCounter.objects.get().count == 5
    assert told == [("Paula", "ring")]


def test_each_thing_that_can_be_misused_has_its_limit():
    assert (rate_limits.SIGN_IN.per_ip, rate_limits.SIGN_IN_PER_USER.per_user) == (60, 20)
    assert (rate_limits.EXPORT.per_user, rate_limits.EXPORT.per_ip) == (20, 60)
    assert (rate_limits.ADDRESS_LOOKUP.per_user, rate_limits.ADDRESS_LOOKUP.per_ip) == (120, 600)
    assert (rate_limits.LIST_CHECK.per_user, rate_limits.LIST_CHECK.per_ip) == (300, 1500)
    assert (rate_limits.LISTED_ADDRESSES.per_user, rate_limits.LISTED_ADDRESSES.per_ip) == (3000, 15_000)
