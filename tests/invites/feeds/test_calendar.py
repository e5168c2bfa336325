"""The end dates of guests as a calendar."""

from datetime import timedelta

import pytest
from icalendar import Calendar

from invites.feeds.calendar import PAST_DAYS, calendar_of
from portal import clock
from tests.invites.factories import guest, invitation, person

pytestmark = pytest.mark.django_db
HOSTILE = "Carla, \\; \r\nBEGIN:VEVENT\r\nSUMMARY:x\x0b\u2028\x85 " + "\U0001f600ü" * 60


@pytest.fixture
def paula():
    return person()


def ending(user, number=0, days=3, **fields):
    names = {name: fields.pop(name) for name in ("first_name", "task_key") if name in fields}
    made = invitation(user, email=f"guest{number}@creative.example", **names)
    return guest(user, of=made, ends_on=clock.today() + timedelta(days), **fields)


def events(user):
    return Calendar.from_ical(calendar_of(user)).walk("VEVENT")


def test_each_end_date_is_an_event_of_a_whole_day(paula, settings):
    one = ending(paula)
    [event] = events(paula)
    assert event["dtstart"].dt == one.ends_on
    assert b"DTSTART;VALUE=DATE:" in event.to_ical()
    assert event["dtstamp"].dt.utcoffset() == timedelta(0)
    assert event["summary"] == "Last day of access: Carla Creative (WEB-12)"
    assert event["url"] == settings.PORTAL_URL + one.get_absolute_url()
    assert event["uid"] == f"{one.id}@invitation-desk" == events(paula)[0]["uid"]
    assert event.walk("VALARM") == []


def test_it_has_the_guests_whom_the_reader_sees(paula):
    one = ending(paula)
    assert [event["uid"] for event in events(person("Mona", role="lead"))] == [f"{one.id}@invitation-desk"]
    assert events(person("Mara Manager")) == []
    assert events(person("Otto", workspace="Elsewhere", role="administrator")) == []


def test_it_has_no_old_dates_and_nobody_whose_access_has_ended(paula):
    ending(paula, 1, days=-PAST_DAYS - 1)
    ending(paula, 2, state="ended")
    kept = ending(paula, 3, days=-PAST_DAYS)
    assert [event["uid"] for event in events(paula)] == [f"{kept.id}@invitation-desk"]


def test_a_name_of_any_kind_stays_one_property(paula):
    ending(paula, first_name=HOSTILE)
    content = calendar_of(paula)
    assert content.count(b"BEGIN:VEVENT\r\n") == 1
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert b"\n" not in content.replace(b"\r\n", b"")
    [event] = events(paula)
    assert event["summary"].startswith("Last day of access: Carla, \\; BEGIN:VEVENT SUMMARY:x \U0001f600ü")


def test_a_desk_without_end_dates_has_an_empty_calendar(paula):
    assert events(paula) == []
