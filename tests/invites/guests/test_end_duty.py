"""End dates over time: each end once, within a day, after its warnings, and never what was prolonged."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client

from invites.audit.models import Event
from invites.audit.presenters import present
from invites.endings.work import end_due
from invites.guests import end_duty, passed, warnings
from invites.guests.end_dates import set_end
from invites.guests.ending_soon import end_due as asked_about
from invites.guests.ending_soon import ending_soon, is_ended
from invites.models import Ending, EndingState, Guest
from invites.policy.rules import AtEnd
from portal import actor, clock
from portal.models import AworkToken, User
from tests.invites.factories import NOON, ending, guest, invitation, person, policy
from tests.threads import at_once

BERLIN = ZoneInfo("Europe/Berlin")
START, DAYS, STEP = datetime(2027, 10, 1, 0, 20, tzinfo=UTC), timedelta(days=400), timedelta(hours=23)
OUTAGE = (START + 230 * STEP, START + 238 * STEP)  # 8 to 15 May 2028: no worker runs
ENDS = [  # around changes of the clock, at the ends of months, on a leap day
    *(date(2027, 10, 30), date(2027, 10, 31), date(2027, 11, 1), date(2027, 11, 30), date(2027, 12, 31)),
    *(date(2028, 1, 31), date(2028, 2, 28), date(2028, 2, 29), date(2028, 3, 1)),
    *(date(2028, 3, 25), date(2028, 3, 26), date(2028, 3, 27), date(2028, 4, 30), date(2028, 10, 29)),
    *(date(2028, 5, 7), date(2028, 5, 10), date(2028, 5, 14), date(2028, 5, 15), date(2028, 5, 20)),
]
PROLONGED = {  # to the day after `at`, when the desk would have ended it soon
    date(2028, 1, 15): (datetime(2028, 1, 15, 22, tzinfo=UTC), date(2028, 6, 30)),
    date(2028, 2, 3): (datetime(2028, 2, 1, 12, tzinfo=UTC), None),
}


@pytest.fixture
def ada():
    user = person("Ada Ahrens", role="administrator")
    AworkToken.objects.create(user=user, access="", expires_at=NOON)
    return user


@pytest.fixture
def desk(settings):
    settings.DESK_TIME_ZONE = "Europe/Berlin"


def invited(sponsor, number, **fields):
    sent = invitation(
        sponsor, email=f"guest{number}@creative.example", first_name=f"G{number}", task_id=uuid4()
    )
    return guest(sponsor, of=sent, state="joined", **fields)


def go_on():
    return True


def run():
    return end_duty.run_due(go_on)


def story(one, *types):
    events = Event.objects.filter(invitation=one.invitation_id, type__in=types)
    return list(events.order_by("sequence").values_list("type", "outcome", "at"))


def after(day):
    """The time at which this day is over in Berlin."""
    return datetime.combine(day + timedelta(1), datetime.min.time(), BERLIN)


@pytest.mark.django_db
def test_four_hundred_days_with_an_outage_and_two_workers(desk, ada):
    policy(ada, at_end=AtEnd.TASK)
    paula = person()
    guests = [invited(paula, number, ends_on=day) for number, day in enumerate(ENDS)]
    moved = {invited(paula, 100 + n, ends_on=day): to for n, (day, to) in enumerate(PROLONGED.items())}
    for one, (_, day) in moved.items():
        one.moved_to = day
    with time_machine.travel(START, tick=False) as traveller:
        for step in range(DAYS // STEP):
            now = START + step * STEP
            traveller.move_to(now)
            for one, (at, day) in list(moved.items()):
                if now >= at:
                    set_end(Guest.objects.get(pk=one.pk), day, by=actor.for_user(paula))
                    del moved[one]
            if not OUTAGE[0] < now < OUTAGE[1] and run():
                assert run() == 0  # another worker
    assert not moved
    for one in [*guests, *Guest.objects.filter(ends_on=date(2028, 6, 30))]:
        check(one)
    assert Ending.objects.count() == len(ENDS) + 1
    assert not Ending.objects.filter(guest__ends_on=None).exists()


def check(one):
    """Warned twice, then ended within a day: of the day's end, or of the end of the outage."""
    warnings_of = Event.objects.filter(invitation=one.invitation_id, type="guest-end-warned")
    warned = [(event.details["days"], event.at) for event in warnings_of.order_by("sequence")][-2:]
    passed_on = Event.objects.get(invitation=one.invitation_id, type="guest-end-date-passed")
    ending = Ending.objects.get(guest=one)
    assert [days for days, _ in warned] == [14, 3], one.ends_on
    assert passed_on.outcome == "started"
    assert (ending.cause, ending.kind, ending.user.first_name) == ("end-date", "task", "Ada")
    assert ending.created_at == passed_on.at
    is_in_outage = OUTAGE[0] < after(one.ends_on) < OUTAGE[1]
    due_at = OUTAGE[1] if is_in_outage else after(one.ends_on)
    assert timedelta(0) <= passed_on.at - due_at <= timedelta(days=1), one.ends_on
    assert warned[1][1] < after(one.ends_on) or passed_on.at - warned[1][1] >= passed.NOTICE
    for days, at in warned:
        due_at = after(one.ends_on - timedelta(days + 1))
        due_at = OUTAGE[1] if OUTAGE[0] < due_at < OUTAGE[1] else due_at
        assert timedelta(0) <= at - due_at <= timedelta(days=1), (one.ends_on, days)


@pytest.fixture
def sponsor():
    return person()


@pytest.fixture
def at_noon():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def types():
    return list(Event.objects.order_by("sequence").values_list("type", "outcome"))


@pytest.mark.django_db
def test_sponsor_and_leads_are_warned_by_name(at_noon, sponsor):
    lead = person("Mona Miller", role="lead")
    person("Aud Auditor", role="auditor")
    person("Gone Lead", role="lead", is_active=False)
    carla = guest(sponsor, ends_on=date(2026, 12, 4))
    assert warnings.recipients(carla) == [sponsor, lead]
    assert (run(), run()) == (1, 0)
    (row,) = present(list(Event.objects.all()))
    assert row.sentence == (
        "Invitation desk warned Paula Planer and Mona Miller that the last day of access of Carla Creative "
        "is 4 Dec 2026."
    )


@pytest.mark.django_db
def test_without_sponsor_and_leads_the_administrators_are_warned(sponsor, ada):
    carla = guest(sponsor, sponsor=None)
    assert warnings.recipients(carla) == [ada]


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "warned"), [(15, []), (14, [14]), (4, [14]), (3, [3]), (0, [3])])
def test_the_warning_is_that_for_the_days_that_are_left(at_noon, sponsor, days, warned):
    guest(sponsor, ends_on=clock.today() + timedelta(days))
    run()
    assert [event.details["days"] for event in Event.objects.all()] == warned


@pytest.mark.django_db
def test_a_prolonged_end_date_is_warned_about_anew(at_noon, sponsor):
    carla = guest(sponsor, ends_on=date(2026, 12, 1))
    run()
    carla.refresh_from_db()
    set_end(carla, date(2026, 12, 2), by=actor.for_user(sponsor))
    run()
    assert [type for type, _ in types()] == ["guest-end-warned", "guest-end-date-set", "guest-end-warned"]


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["ended", "moved", "gone"])
def test_nobody_is_warned_or_asked_about_who_has_left(at_noon, sponsor, state):
    guest(sponsor, state=state, ends_on=date(2026, 11, 19))
    guest(sponsor, of=invitation(sponsor, email="b@c.example"), state=state, ends_on=clock.today())
    assert run() == 0


@pytest.mark.django_db
def test_where_the_policy_asks_the_sponsor_nothing_is_ended(at_noon, sponsor):
    mara, mona, aud = person("Mara"), person("Mona", role="lead"), person("Aud", role="auditor")
    carla = guest(sponsor, ends_on=clock.today())
    run()
    assert [*ending_soon(sponsor)] == [*ending_soon(mona)] == [carla]
    assert not ending_soon(mara).exists() and not ending_soon(aud).exists()
    at_noon.move_to(NOON + timedelta(hours=12))
    assert (run(), run()) == (1, 0)
    assert types()[-1] == ("guest-end-date-passed", "asked")
    assert [*asked_about(sponsor)] == [*asked_about(mona)] == [carla]
    assert not asked_about(mara).exists() and not asked_about(aud).exists()
    assert not ending_soon(sponsor).exists()
    assert not Ending.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("change", ["signed out", "no administrator", "inactive"])
def test_where_the_administrators_access_is_gone_the_end_waits(at_noon, sponsor, ada, change):
    policy(ada, at_end=AtEnd.WORKSPACE)
    carla = guest(sponsor, ends_on=clock.today(), state="joined")
    run()
    at_noon.move_to(NOON + timedelta(hours=13))
    if change == "signed out":
        AworkToken.objects.all().delete()
    else:
        fields = {"role": "lead"} if change == "no administrator" else {"is_active": False}
        User.objects.filter(pk=ada.pk).update(**fields)
    assert (run(), run()) == (1, 0)
    assert types()[-1] == ("guest-end-date-passed", "waiting")
    assert [*asked_about(sponsor)] == [carla]
    berta = person("Berta", role="administrator")
    AworkToken.objects.create(user=berta, access="", expires_at=NOON)
    policy(berta, at_end=AtEnd.WORKSPACE)
    assert (run(), run()) == (1, 0)
    assert types()[-1] == ("guest-end-date-passed", "started")
    made = Ending.objects.get()
    assert (made.kind, made.user, made.guest) == ("workspace", berta, carla)


@pytest.mark.django_db
def test_without_its_event_nothing_is_changed(at_noon, sponsor, ada, monkeypatch):
    policy(ada, at_end=AtEnd.TASK)
    guest(sponsor, ends_on=date(2026, 11, 19), warned_days=3, warned_at=NOON - timedelta(days=3))

    def fails(*_, **__):
        raise RuntimeError("no room")

    monkeypatch.setattr(passed, "record", fails)
    with pytest.raises(RuntimeError):
        run()
    assert Guest.objects.get().end_state == ""
    assert not Ending.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_four_workers_at_once_one_warns_and_one_ends():
    ada = person("Ada Ahrens", role="administrator")
    AworkToken.objects.create(user=ada, access="", expires_at=NOON)
    policy(ada, at_end=AtEnd.TASK)
    today, longer = clock.today(), clock.now() - timedelta(days=3)
    soon = guest(ada, ends_on=today + timedelta(2))
    over = invitation(ada, email="over@creative.example", task_id=uuid4())
    guest(ada, of=over, ends_on=today - timedelta(1), warned_days=3, warned_at=longer)
    assert sum(at_once(4, lambda _: run())) == 2
    assert (
        sorted(type for type, _ in types())
        == [
            *("access-ending-requested", "guest-end-date-passed", "guest-end-warned"),
        ]
        or len(types()) == 3
    )
    assert Ending.objects.count() == 1
    assert Guest.objects.get(pk=soon.pk).warned_days == 3


@pytest.mark.django_db
def test_awork_takes_the_guest_off_the_task(standin, sign_in, send, new_invitation):
    sign_in(Client(), "ada")
    ada = User.objects.get(first_name="Ada")
    ada.role = "administrator"
    ada.save()
    send(new_invitation())
    policy(ada, at_end=AtEnd.TASK)
    yesterday = clock.today() - timedelta(1)
    long_ago = clock.now() - timedelta(days=4)
    Guest.objects.update(ends_on=yesterday, warned_days=3, warned_at=long_ago)
    assert "carla@creative.example" in standin.world.assigned("WEB-12")
    run()
    end_due(go_on)
    assert set(standin.world.assigned("WEB-12")) == {"ada@nordlicht.example", "paul@nordlicht.example"}
    assert Ending.objects.get().state == EndingState.DONE
    assert Event.objects.get(type="guest-end-date-passed").actor_name == "Invitation desk"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "is_settled"),
    [
        ({"state": "requested"}, True),
        ({"state": "done", "kind": "workspace"}, True),
        ({"state": "refused"}, False),
        ({"state": "not_done"}, False),
        ({"state": "done", "kind": "activation"}, False),
        ({"state": "done", "created_at": NOON - timedelta(days=9)}, False),
    ],
    ids=str,
)
def test_whose_access_someone_has_ended_since_needs_no_decision(at_noon, sponsor, fields, is_settled):
    carla = guest(sponsor, ends_on=date(2026, 11, 19), end_state="asked", warned_at=NOON - timedelta(days=3))
    ending(carla, sponsor, **fields)
    assert asked_about(sponsor).exists() is not is_settled
    assert is_ended(carla) is is_settled
