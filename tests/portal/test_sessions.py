"""Expiry and metadata of sessions."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from portal import sessions
from portal.models import Session
from portal.sessions import SessionStore

pytestmark = pytest.mark.django_db
HOUR = 3600


@pytest.fixture
def now():
    with time_machine.travel(timezone.now(), tick=False) as clock:
        yield clock


def test_a_row_says_whose_it_is_and_from_where(client, sign_in):
    sign_in(client)
    row = Session.objects.get()
    assert row.user.first_name == "Paula"
    assert row.ip_address == "127.0.0.1"
    assert str(row.handle) == client.session["desk"]["handle"]


def test_a_session_in_use_lives_on(client, sign_in, now):
    sign_in(client)
    for _ in range(4):
        now.shift(7 * HOUR)
        assert client.get("/account/").status_code == 200


def test_a_session_ends_after_eight_hours_without_use(client, sign_in, now):
    sign_in(client)
    now.shift(8 * HOUR + 1)
    assert client.get("/account/")["Location"] == "/login/?next=/account/"


def test_reading_for_less_than_five_minutes_writes_nothing(client, sign_in, now):
    sign_in(client)
    before = Session.objects.get().last_seen_at
    now.shift(299)
    client.get("/account/")
    assert Session.objects.get().last_seen_at == before
    now.shift(2)
    client.get("/account/")
    assert Session.objects.get().last_seen_at > before


def test_a_session_ends_after_seven_days_however_it_is_used(client, sign_in, now):
    sign_in(client)
    for _ in range(24):
        now.shift(7 * HOUR - 10)
        answer = client.get("/account/")
    assert answer.status_code == 200
    now.shift(HOUR)
    assert client.get("/account/")["Location"] == "/login/?next=/account/"


def test_the_cookie_ends_with_the_session(client, sign_in, now):
    sign_in(client)
    assert client.cookies["sessionid"]["max-age"] == 8 * HOUR


def test_writing_to_an_old_session_does_not_lengthen_its_life(client, sign_in, now):
    sign_in(client)
    for _ in range(24):
        now.shift(7 * HOUR - 10)
        client.get("/account/")
    session = client.session
    session["something"] = 1
    session.save()
    assert Session.objects.get(user__isnull=False).expire_date <= timezone.now() + timedelta(hours=1)


def test_what_is_over_is_cleared_away_at_the_next_sign_in(client, sign_in, now):
    SessionStore().create()
    now.shift(9 * HOUR)
    sign_in(client)
    assert Session.objects.filter(user=None).count() == 0


def test_a_session_is_ended_once(client, sign_in):
    sign_in(client)
    session = client.session
    assert [sessions.end(session), sessions.end(session)] == [True, False]


class TestTwoRequests:
    @pytest.fixture
    def stale(self):
        """A session that one request loaded before another deleted its form."""
        first = SessionStore()
        first.update({"form": "x", "other": 1})
        first.save()
        stale, other = SessionStore(first.session_key), SessionStore(first.session_key)
        assert stale["form"] == "x"
        del other["form"]
        other.save()
        return stale

    def test_what_another_request_deleted_is_not_saved_again(self, stale):
        stale["new"] = 2
        stale.save()
        assert dict(SessionStore(stale.session_key).items()) == {"other": 1, "new": 2}

    def test_nor_with_a_new_key(self, stale):
        stale.cycle_key()
        stale.save()
        assert dict(SessionStore(stale.session_key).items()) == {"other": 1}

    def test_what_this_request_set_is_saved(self, stale):
        stale["form"] = "y"
        stale.save()
        assert SessionStore(stale.session_key)["form"] == "y"
