from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from invites.audit.models import Event
from invites.housekeeping import tidy_up
from portal.models import NamedLock, RateLimitCounter, RefusalCounter, Session
from tests.invites import factories

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def rows(at):
    """A session, a rate counter and a lock that end at this time."""
    key = uuid4().hex
    Session.objects.create(session_key=key, expire_date=at)
    RateLimitCounter.objects.create(key=key, count=1, expires_at=at)
    NamedLock.objects.create(name=key, holder=uuid4(), expires_at=at)


def count():
    return [model.objects.count() for model in (Session, RateLimitCounter, NamedLock)]


def test_what_has_expired_goes_and_the_rest_stays():
    rows(timezone.now() - MINUTE)
    rows(timezone.now() + MINUTE)
    assert tidy_up(lambda: True) == 3
    assert count() == [1, 1, 1]


def test_nothing_goes_once_the_worker_is_stopped():
    rows(timezone.now() - MINUTE)
    assert tidy_up(lambda: False) == 0
    assert count() == [1, 1, 1]


def test_refusals_that_were_only_counted_are_recorded_though_nobody_reads_the_log():
    user = factories.person()
    RefusalCounter.objects.create(
        workspace=user.workspace_id,
        person=user.awork_id,
        rule="right",
        right="audit",
        recorded=10,
        omitted=7,
        ends_at=timezone.now() - MINUTE,
    )
    tidy_up(lambda: True)
    (event,) = Event.objects.all()
    assert (event.type, event.details["more"]) == ("attempt-refused", 7)
