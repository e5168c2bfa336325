"""Keys of feeds: one for each person and feed, stored as a digest."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine

from invites.audit.models import Event
from invites.audit.presenters import present
from invites.feeds import keys
from invites.models import Feed, FeedKey
from portal import actor
from tests.invites.factories import person

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def paula():
    return person()


def make(user, feed=Feed.ATTENTION, id=None):
    return keys.create(id or uuid4(), feed, user=user, by=actor.for_user(user))


def sentences():
    return [row.sentence for row in present(list(Event.objects.order_by("sequence")))]


def test_a_key_is_found_and_not_stored(paula):
    key = make(paula)
    row = FeedKey.objects.get()
    assert keys.find(key, Feed.ATTENTION) == row
    assert key not in str(FeedKey.objects.values()) + str(list(Event.objects.values()))
    assert key.startswith(row.prefix)
    assert sentences() == ["Paula Planer created a key for the feed “Needs attention”."]


@pytest.mark.parametrize(
    "change", ["", "{} ", "x{}", "{}x", "{}" * 99, "deskfeed_", "\ud800", "é{}", "%00{}"]
)
def test_any_other_text_finds_nothing(paula, change):
    key = make(paula)
    assert keys.find(change.replace("{}", key), Feed.ATTENTION) is None


def test_a_key_reads_its_own_feed_only(paula):
    assert keys.find(make(paula), Feed.CALENDAR) is None


def test_a_new_key_ends_the_one_before(paula):
    old, other = make(paula), make(paula, Feed.CALENDAR)
    new = make(paula)
    assert keys.find(old, Feed.ATTENTION) is None
    assert keys.find(new, Feed.ATTENTION)
    assert keys.find(other, Feed.CALENDAR)
    assert sentences()[2:] == [
        "Paula Planer revoked their key for the feed “Needs attention”.",
        "Paula Planer created a key for the feed “Needs attention”.",
    ]


def test_a_form_that_is_sent_twice_makes_one_key(paula):
    form = uuid4()
    first = make(paula, id=form)
    assert make(paula, id=form) is None
    assert keys.find(first, Feed.ATTENTION)
    assert len(sentences()) == 1


def test_a_key_is_revoked_once_at_once_and_with_an_event(paula, caplog):
    key = make(paula)
    row = FeedKey.objects.get()
    assert keys.revoke(row, by=actor.for_user(paula))
    assert not keys.revoke(row, by=actor.for_user(paula))
    assert keys.find(key, Feed.ATTENTION) is None
    assert len(sentences()) == 2
    assert "a revoked secret was used" in caplog.text
    assert key not in caplog.text


def test_the_first_use_of_each_day_is_an_event(paula):
    make(paula)
    for later in (timedelta(0), timedelta(seconds=30), timedelta(hours=1), timedelta(hours=12)):
        with time_machine.travel(NOON + later, tick=False):
            keys.note_use(FeedKey.objects.get(), by=actor.for_user(paula))
    read = "The feed “Needs attention” of Paula Planer was read for the first time on this day (UTC)."
    assert sentences()[1:] == [read, read]
    assert FeedKey.objects.get().last_used_at == NOON + timedelta(hours=12)
