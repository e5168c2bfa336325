"""What becomes of guests, as the stand-in awork tells over HTTP."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone

from invites.audit.models import Event
from invites.audit.presenters import present
from invites.guests import refresh
from invites.guests.ending_soon import end_due
from invites.models import Guest, Invitation
from invites.sending import erase
from portal.awork import http
from portal.awork.tokens import delete
from portal.models import User
from portal.standin.environment import API_KEY
from tests.invites import factories
from tests.invites.conftest import actor
from tests.threads import at_once

pytestmark = pytest.mark.django_db
CARLA = "carla@creative.example"
GUEST_EVENTS = ["guest-pending", "guest-joined", "guest-ended", "guest-moved", "guest-gone"]


def always():
    return True


@pytest.fixture
def guest(standin, send, new_invitation):
    """Carla, invited by Paula and not checked yet."""
    send(new_invitation())
    standin.requests.clear()
    return Guest.objects.get()


def become(standin, **fields):
    standin.world.change(standin.world.person(CARLA), **fields)


def leave(standin):
    del standin.world.people[standin.world.person(CARLA).id]


def run(guest=None):
    """The duty, some time later; returns how many awork told about."""
    Guest.objects.update(next_check_at=timezone.now() - timedelta(seconds=1))
    checked = refresh.refresh_due(always)
    if guest:
        guest.refresh_from_db()
    return checked


def events():
    found = Event.objects.filter(type__in=GUEST_EVENTS).order_by("sequence")
    return list(found.values_list("type", "outcome", "actor_name"))


def test_an_invited_guest_is_due_at_once_and_pending_until_they_accept(standin, guest):
    assert refresh.refresh_due(always) == 1
    guest.refresh_from_db()
    assert (guest.state, guest.awork_id) == ("pending", standin.world.person(CARLA).id)
    assert guest.next_check_at > timezone.now() + timedelta(minutes=59)
    assert refresh.refresh_due(always) == 0

    become(standin, invitation_accepted=True)
    run(guest)
    assert guest.state == "joined"
    assert events() == [
        ("guest-pending", "pending", "Invitation desk"),
        ("guest-joined", "joined", "Invitation desk"),
    ]


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({"is_deactivated": True}, "ended"),
        ({"is_archived": True}, "ended"),
        ({"is_external": True}, "moved"),
        ({"is_external": True, "is_deactivated": True}, "moved"),
    ],
)
def test_what_awork_says_of_the_account(standin, guest, change, state):
    become(standin, **change)
    run(guest)
    assert guest.state == state


def test_an_unknown_user_is_gone_and_no_error(standin, guest):
    run()
    leave(standin)
    run(guest)
    assert guest.state == "gone"
    assert events()[-1] == ("guest-gone", "gone", "Invitation desk")


def test_whoever_is_activated_again_has_joined_again(standin, guest):
    become(standin, invitation_accepted=True, is_deactivated=True)
    run(guest)
    become(standin, is_deactivated=False)
    run(guest)
    assert guest.state == "joined"
    assert [type for type, *_ in events()] == ["guest-ended", "guest-joined"]


def test_who_is_activated_after_the_end_date_needs_a_decision(standin, guest):
    Guest.objects.update(
        state="ended", ends_on=date(2026, 1, 1), end_state="started", warned_at=timezone.now()
    )
    run(guest)
    assert (guest.state, guest.end_state) == ("pending", "asked")
    assert [*end_due(guest.sponsor)] == [guest]


def test_the_same_state_is_no_event(standin, guest):
    run()
    since = Guest.objects.get().state_since
    run(guest)
    assert len(events()) == 1
    assert guest.state_since == since < guest.checked_at


def test_an_event_names_guest_task_and_invitation(standin, guest):
    run()
    event = Event.objects.get(type="guest-pending")
    assert (event.invitation, event.task_key) == (guest.invitation_id, "WEB-12")
    assert present([event])[0].sentence == "Carla Creative has not accepted the invitation to awork yet."


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 500},
        {"kind": "cut_after"},
        {"kind": "status", "status": 403},
        {"kind": "wrong_shape"},
        {"kind": "garbage"},
    ],
    ids=str,
)
def test_an_answer_that_says_nothing_changes_nothing(standin, guest, fault):
    standin.fault("GET", "/users/", times=None, **fault)
    assert run(guest) == 0
    assert (guest.state, guest.checked_at, events()) == ("unchecked", None, [])
    assert guest.next_check_at > timezone.now()


def test_without_a_word_on_acceptance_the_state_stays(standin, guest):
    become(standin, invitation_accepted=None)
    assert run(guest) == 0
    assert guest.state == "unchecked"


def test_an_ended_sign_in_of_the_inviter_is_no_error_and_the_api_key_takes_over(standin, guest, settings):
    delete(User.objects.get())
    assert run(guest) == 0
    assert guest.state == "unchecked"
    settings.AWORK_API_KEY = API_KEY
    assert run(guest) == 1
    assert guest.state == "pending"


def test_a_guest_whose_account_is_unknown_is_found_by_address_where_users_may_be_listed(
    standin, guest, settings
):
    Guest.objects.update(awork_id=None)
    Invitation.objects.update(guest_id=None)
    assert run(guest) == 0  # Paula may not list users
    settings.AWORK_API_KEY = API_KEY
    assert run(guest) == 1
    assert guest.awork_id == standin.world.person(CARLA).id


def test_an_account_that_has_ended_is_not_looked_up_for_a_guest_who_was_invited_again(standin, guest):
    run()
    leave(standin)
    run(guest)
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        again = factories.invitation(guest.sponsor, email=CARLA, attempted_at=timezone.now())
        with transaction.atomic():
            Guest.add(again)
        assert run(guest) == 0  # the new account isn't known to anybody yet
    assert (guest.state, events()[-1][0]) == ("gone", "guest-gone")


def test_one_error_does_not_keep_the_others_waiting(standin, guest):
    sent = factories.invitation(guest.sponsor, email="ben@creative.example")
    earlier = timezone.now() - timedelta(days=1)
    broken = factories.guest(guest.sponsor, of=sent, awork_id=uuid4(), next_check_at=earlier)

    def fail_for_ben(execute, sql, params, many, context):
        if sql.startswith('UPDATE "invites_guest" SET "workspace_id"') and "ben@creative.example" in params:
            raise ZeroDivisionError
        return execute(sql, params, many, context)

    with connection.execute_wrapper(fail_for_ben), pytest.raises(ZeroDivisionError):
        refresh.refresh_due(always)
    guest.refresh_from_db()
    broken.refresh_from_db()
    assert (guest.state, broken.state) == ("pending", "pending")
    assert broken.checked_at is None
    assert refresh.refresh_due(always) == 0  # neither is asked about again at once


def test_the_runs_of_a_minute_take_a_twentieth_of_aworks_minute(standin, guest):
    for number in range(60):
        sent = factories.invitation(guest.sponsor, email=f"guest{number}@creative.example")
        factories.guest(guest.sponsor, of=sent, awork_id=guest.awork_id)
    runs = timedelta(minutes=1) // refresh.PERIOD
    assert runs * run() == http.rate_limiter.minute_limit // 20 - 10 == 40
    assert standin.count("GET", "/users/") == 40 // runs


def many(standin, guest, count):
    """Further guests whom Paula has invited."""
    for number in range(count):
        email = f"guest{number}@creative.example"
        role = standin.world.role("guest")
        user = standin.world.invite(standin.world.person("paula"), email, role, {})
        sent = factories.invitation(guest.sponsor, email=email, attempted_at=timezone.now())
        factories.guest(
            guest.sponsor, of=sent, awork_id=user.id, state="unchecked", invited_at=timezone.now()
        )


@pytest.fixture
def listing(standin, settings):
    standin.world.workspaces[standin.workspace] = replace(
        standin.world.workspaces[standin.workspace], seats=10_000
    )
    settings.AWORK_API_KEY = API_KEY


def test_a_list_tells_about_many_with_one_request(standin, guest, listing):
    many(standin, guest, 60)
    run()  # also asks whose key it is
    standin.requests.clear()
    assert run(guest) == 61
    assert [(one.method, one.path) for one in standin.requests] == [("GET", "/users")]
    assert guest.state == "pending"


def test_whom_the_list_lacks_is_asked_about_singly(standin, guest, listing):
    many(standin, guest, 25)
    gone = standin.world.person("guest7@creative.example")
    del standin.world.people[gone.id]
    old = standin.world.person("guest8@creative.example")
    standin.world.change(old, created_on=timezone.now() - timedelta(days=400), invitation_accepted=True)
    assert run() == 26
    states = dict(Guest.objects.values_list("email_key", "state"))
    assert states.pop("guest7@creative.example") == "gone"
    assert states.pop("guest8@creative.example") == "joined"
    assert set(states.values()) == {"pending"}
    assert standin.count("GET", "/users/") == 2


def test_whom_the_next_list_tells_about_is_not_asked_about_singly(standin, guest, listing, monkeypatch):
    monkeypatch.setattr(refresh, "LISTED", 20)
    many(standin, guest, 50)
    del standin.world.people[standin.world.person("guest7@creative.example").id]
    Guest.objects.update(next_check_at=timezone.now() - timedelta(seconds=1))
    Guest.objects.filter(email_key="guest7@creative.example").update(
        next_check_at=timezone.now() - timedelta(seconds=9)
    )
    assert [refresh.refresh_due(always) for _ in range(2)] == [20, 20]
    assert standin.count("GET", "/users/") == 1  # about guest7, whom the first list lacks
    assert (standin.count("GET", "/users"), Guest.due().count()) == (3, 11)


def test_without_the_right_to_list_each_is_asked_about(standin, guest):
    many(standin, guest, 19)
    assert run() == 20
    assert standin.count("GET", "/users/") == 20


def test_a_member_who_may_list_users_lends_their_access(standin, guest, sign_in, client):
    sign_in(client, "mona")
    many(standin, guest, 25)
    standin.requests.clear()
    assert run() == 26
    assert standin.count("GET", "/users/") == 0


@pytest.mark.parametrize("kind", ["garbage", "cut_after", "wrong_shape"])
def test_a_broken_list_changes_nothing_and_each_is_asked_about(standin, guest, listing, kind):
    many(standin, guest, 19)
    standin.fault("GET", "/users", kind, times=2)  # of the key, and of nobody else
    assert run() >= 18
    assert set(Guest.objects.values_list("state", flat=True)) <= {"pending", "unchecked"}


def test_it_stops_when_told_to(standin, guest):
    Guest.objects.update(next_check_at=timezone.now() - timedelta(seconds=1))
    assert refresh.refresh_due(lambda: False) == 0
    assert standin.count() == 0


def test_a_guest_erased_meanwhile_is_not_brought_back(standin, guest, paula):
    stale = Guest.objects.select_related("invitation__inviter", "sponsor").get()
    with transaction.atomic():
        erase.erase(CARLA, workspaces=[paula.workspace_id], by=actor(paula), reason="asked")
    assert not Guest.objects.exists()
    assert refresh.refresh(stale, paula) is False
    assert (Guest.objects.count(), events()) == (0, [])


def test_a_page_asks_at_most_once_a_minute(standin, guest, paula):
    assert refresh.refresh(guest, paula) is True
    assert refresh.refresh(guest, paula) is True
    assert standin.count("GET", "/users/") == 1
    assert guest.state == "pending"


@pytest.mark.django_db(transaction=True)
def test_several_workers_record_a_change_once(standin, guest):
    at_once(4, lambda number: refresh.refresh_due(always))
    assert len(events()) == 1
