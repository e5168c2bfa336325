"""End dates of guests: set, moved and removed, each with an event."""

from datetime import date, timedelta

import pytest
import time_machine

from invites.audit.models import Event
from invites.audit.presenters import present
from invites.guests.end_dates import EndDateChanged, EndDateRefused, may_set, set_end
from invites.models import Guest
from portal import actor, clock
from portal.models import User
from tests.invites.factories import NOON, guest, person

pytestmark = pytest.mark.django_db
DAY = date(2026, 12, 31)


@pytest.fixture
def paula():
    return person()


@pytest.fixture
def carla(paula):
    with time_machine.travel(NOON, tick=False):
        yield guest(paula)


def sentences():
    return [row.sentence for row in present(list(Event.objects.order_by("sequence")))]


def test_it_is_set_moved_and_removed_with_an_event_each(paula, carla):
    by = actor.for_user(paula)
    set_end(carla, DAY, by=by)
    set_end(Guest.objects.get(), DAY + timedelta(7), by=by)
    set_end(Guest.objects.get(), None, by=by)
    assert Guest.objects.get().ends_on is None
    assert sentences() == [
        "Paula Planer set the end date of Carla Creative to 31 Dec 2026.",
        "Paula Planer moved the end date of Carla Creative from 31 Dec 2026 to 7 Jan 2027.",
        "Paula Planer removed the end date of Carla Creative, which was 7 Jan 2027.",
    ]


def test_the_same_day_again_is_no_event(paula, carla):
    set_end(carla, DAY, by=actor.for_user(paula))
    set_end(carla, DAY, by=actor.for_user(paula))
    assert len(sentences()) == 1


def test_another_end_date_forgets_the_warnings_about_the_last_one(paula, carla):
    Guest.objects.update(ends_on=DAY, warned_days=14, warned_at=NOON, end_state="asked")
    set_end(Guest.objects.get(), DAY + timedelta(7), by=actor.for_user(paula))
    stored = Guest.objects.get()
    assert (stored.warned_days, stored.warned_at, stored.end_state) == (None, None, "")


@pytest.mark.parametrize("days", [-1, 3651])
def test_a_day_that_has_passed_or_is_far_away_is_refused(paula, carla, days):
    with pytest.raises(EndDateRefused):
        set_end(carla, clock.today() + timedelta(days), by=actor.for_user(paula))
    assert Guest.objects.get().ends_on is None


def test_today_may_be_the_last_day(paula, carla):
    set_end(carla, clock.today(), by=actor.for_user(paula))
    assert Guest.objects.get().ends_on == date(2026, 11, 20)


def test_who_has_seen_another_end_date_changes_nothing(paula, carla):
    seen = Guest.objects.get()
    set_end(carla, DAY, by=actor.for_user(paula))
    with pytest.raises(EndDateChanged):
        set_end(seen, DAY + timedelta(1), by=actor.for_user(paula))
    assert Guest.objects.get().ends_on == DAY


def test_a_guest_who_was_erased_meanwhile_is_not_changed(paula, carla):
    Guest.objects.all().delete()
    with pytest.raises(EndDateChanged):
        set_end(carla, DAY, by=actor.for_user(paula))


def test_the_present_day_is_that_of_the_desk(settings):
    with time_machine.travel("2026-12-31T23:30:00Z"):
        assert clock.today() == DAY
        settings.DESK_TIME_ZONE = "Europe/Berlin"
        assert clock.today() == date(2027, 1, 1)


@pytest.mark.parametrize(
    ("name", "role", "may"),
    [
        ("Paula", "manager", True),
        ("Paula", "auditor", False),  # who was a manager when they became the sponsor
        ("Mara", "manager", False),
        ("Mara", "lead", True),
        ("Mara", "auditor", False),
        ("Mara", "administrator", True),
    ],
)
def test_sponsors_leads_and_administrators_may_set_it(carla, name, role, may):
    user = carla.sponsor if name == "Paula" else person("Mara Manager")
    User.objects.filter(pk=user.pk).update(role=role)
    assert may_set(User.objects.get(pk=user.pk), carla) is may
