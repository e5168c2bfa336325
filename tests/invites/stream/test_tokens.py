from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import IntegrityError

from invites.audit.models import Event
from invites.models import ApiToken
from invites.stream import tokens
from invites.stream.tokens import InvalidToken
from tests.invites.conftest import actor

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


def events(type):
    return Event.objects.filter(type=type)


def test_a_token_is_valid_and_only_its_digest_is_stored(new_token):
    text, row = new_token()
    assert tokens.authenticate(f"Bearer {text}") == row
    assert tokens.authenticate(f"bearer  {text} ") == row
    assert text.startswith(row.prefix)
    assert text not in str(list(ApiToken.objects.values()) + list(Event.objects.values()))
    assert len({new_token()[0] for _ in range(3)}) == 3


@pytest.mark.parametrize("change", ["{}x", "x{}", "{} {}", "", "\0{}", "\udcff", "é", "x" * 1_000_000])
def test_another_token_is_not(new_token, change):
    text, _ = new_token()
    with pytest.raises(InvalidToken):
        tokens.authenticate(f"Bearer {change.replace('{}', text)}")


@pytest.mark.parametrize("header", ["", "{}", "Basic {}", "Token {}", "Bearer", "Bearer{}"])
def test_a_token_is_a_bearer_token(new_token, header):
    text, _ = new_token()
    with pytest.raises(InvalidToken):
        tokens.authenticate(header.replace("{}", text))


def test_neither_prefix_nor_digest_is_a_token(new_token):
    _, row = new_token()
    for text in (row.prefix, row.digest, str(row.id)):
        with pytest.raises(InvalidToken):
            tokens.authenticate(f"Bearer {text}")


def test_a_form_that_is_sent_twice_creates_one_token(ada):
    key = uuid4()
    first, second = (
        tokens.create(key, "SIEM", reads_portal=False, user=ada, by=actor(ada)) for _ in range(2)
    )
    assert (bool(first), second) == (True, None)
    assert events("api-token-created").count() == 1


def test_the_same_digest_is_an_error_and_no_second_form(new_token, ada, monkeypatch):
    monkeypatch.setattr("secrets.token_urlsafe", lambda _: "x" * 43)
    new_token()
    with pytest.raises(IntegrityError):
        new_token()


def test_a_token_is_revoked_once_at_once_and_with_an_event(new_token, ada, log_lines):
    text, row = new_token("SIEM")
    assert tokens.revoke(row, user=ada, by=actor(ada))
    assert not tokens.revoke(row, user=ada, by=actor(ada))
    with pytest.raises(InvalidToken):
        tokens.authenticate(f"Bearer {text}")
    event = events("api-token-revoked").get()
    assert event.details == {"purpose": "SIEM", "prefix": row.prefix}
    assert event.actor_name == ada.name
    [line] = [one for one in log_lines() if one.get("prefix")]
    assert (line["level"], line["prefix"]) == ("warning", row.prefix)
    assert text not in str(log_lines())


def test_the_first_use_of_each_day_is_an_event_and_others_are_not(new_token):
    _, row = new_token("SIEM")
    by = tokens.actor_of(row, ip_address="192.0.2.9", user_agent="", request_id=uuid4())

    def use(at):
        with time_machine.travel(at, tick=False):
            tokens.note_use(ApiToken.objects.get(), by=by)
        return events("log-read").count()

    assert [use(NOON), use(NOON + timedelta(minutes=2)), use(NOON + timedelta(hours=11))] == [1, 1, 1]
    assert use(NOON + timedelta(hours=12)) == 2
    assert events("log-read").first().actor_name == "SIEM (API token)"


def test_the_time_of_use_is_stored_once_a_minute(new_token, django_assert_num_queries):
    _, row = new_token()
    by = tokens.actor_of(row, ip_address="", user_agent="", request_id=uuid4())
    with time_machine.travel(NOON, tick=False):
        tokens.note_use(row, by=by)
    row.refresh_from_db()
    with time_machine.travel(NOON + timedelta(seconds=59)), django_assert_num_queries(0):
        tokens.note_use(row, by=by)


def test_two_first_uses_at_once_are_one_event(new_token):
    _, row = new_token()
    by = tokens.actor_of(row, ip_address="", user_agent="", request_id=uuid4())
    for one in (row, row):  # both read it before either stored a use
        tokens.note_use(one, by=by)
    assert events("log-read").count() == 1
