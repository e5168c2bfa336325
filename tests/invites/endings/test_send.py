"""Asking awork to end an access: once, with the access of who confirmed it, and never wrongly reported."""

from datetime import timedelta

import pytest
from django.utils import timezone

from invites.audit.models import Event
from invites.audit.presenters import present
from invites.endings import send as sending
from invites.endings.send import send
from invites.models import Ending, EndingCause, EndingKind, Guest, Invitation
from invites.sending import locks
from portal.awork import http
from portal.awork.tokens import delete
from portal.clock import today
from tests.invites import factories
from tests.invites.conftest import actor
from tests.invites.endings.conftest import CARLA, calls, events, later, sign_in_again
from tests.threads import at_once

pytestmark = pytest.mark.django_db
TASK, PROJECT, WORKSPACE, ACTIVATION = EndingKind
STAYING = ["ada@nordlicht.example", "paul@nordlicht.example"]


def go(ending, user):
    send(ending, by=actor(user))
    ending.refresh_from_db()
    return ending


def efforts(standin):
    return {one.user_id: one.effort for one in standin.world.task("WEB-12").assignees}


def test_a_guest_is_unassigned_and_everyone_else_stays_with_their_effort(standin, end, paula):
    before = efforts(standin)
    ending = go(end(TASK, paula), paula)
    assert (ending.state, ending.reason, ending.attempts) == ("done", "", 1)
    assert sorted(standin.world.assigned("WEB-12")) == STAYING
    assert efforts(standin).items() <= before.items()
    assert [(one.method, one.path.rsplit("/", 1)[-1]) for one in standin.requests][1::2] == [
        ("POST", "setassignees")
    ]
    assert events() == ["ending-requested", "ending-done"]
    (done,) = present(list(Event.objects.filter(type="ending-done")))
    assert done.sentence == "Paula Petersen unassigned Carla Creative from WEB-12 Write copy."
    assert done.event.details == {"ending": "task", "seen_in": "assignees"}


@pytest.fixture
def lose_ada(standin, monkeypatch):
    """`lose_ada(times)`: so often, awork takes Ada off the task too."""
    ada, left = standin.world.person("ada").id, []
    real = standin.world.set_assignees

    def set_assignees(by, task, ids):
        real(by, task, [one for one in ids if one != ada] if left else ids)
        left[:] = left[1:]

    monkeypatch.setattr(standin.world, "set_assignees", set_assignees)
    return lambda times: left.extend(range(times))


def test_who_awork_lost_is_assigned_again(standin, end, paula, lose_ada):
    before = efforts(standin)
    ending = end(TASK, paula)
    lose_ada(1)
    go(ending, paula)
    assert (ending.state, ending.assignees_missing) == ("done", [])
    assert efforts(standin).items() <= before.items() and len(efforts(standin)) == 2
    assert events() == ["ending-requested", "ending-done", "team-restored"]
    row = present(list(Event.objects.filter(type="team-restored")))[-1]
    assert (
        row.sentence == "Ada Ahrens was reassigned to WEB-12 Write copy after Carla Creative was unassigned."
    )


def test_who_can_not_be_assigned_again_is_named(end, paula, lose_ada):
    ending = end(TASK, paula)
    lose_ada(9)
    go(ending, paula)
    assert (ending.state, [row["first_name"] for row in ending.assignees_missing]) == ("done", ["Ada"])
    assert ending.next_check_at
    assert events()[-1] == "team-not-restored"


def test_a_guest_is_removed_from_the_project(standin, end, ada):
    ending = go(end(PROJECT, ada), ada)
    assert ending.state == "done"
    assert calls(standin) == [("removeprojectmember", 204)]
    assert events() == ["ending-requested", "ending-done"]


def test_a_deactivation_counts_what_awork_deleted(standin, end, guest, ada):
    standin.world.change_project("CAF", is_private=True, created_by=guest.awork_id)
    ending = go(end(WORKSPACE, ada), ada)
    assert standin.world.person(CARLA).is_deactivated
    assert ending.state == "done"
    assert ending.deleted_projects + ending.reassigned_projects == 1
    details = Event.objects.get(type="ending-done").details
    assert details["deleted_projects"] == ending.deleted_projects
    assert Guest.objects.get().next_check_at <= timezone.now()


def test_a_deactivated_guest_is_activated_again(standin, end, guest, ada):
    standin.world.change(standin.world.person(CARLA), is_deactivated=True)
    ending = go(end(ACTIVATION, ada), ada)
    assert (ending.state, standin.world.person(CARLA).is_deactivated) == ("done", False)
    assert events() == ["activation-requested", "activation-done"]


@pytest.mark.parametrize("kind", EndingKind)
def test_what_has_ended_already_is_not_asked_for(standin, end, guest, ada, kind):
    world = standin.world
    world.set_assignees(world.person("ada"), world.task("WEB-12").id, [])
    world.change_project("WEB", members=frozenset({world.person("ada").id}))
    if kind == WORKSPACE:
        world.change(world.person(CARLA), is_deactivated=True)
    ending = end(kind, ada)
    standin.requests.clear()
    assert go(ending, ada).state == "done"
    assert calls(standin) == []
    assert events()[-1] in {"ending-settled", "activation-settled"}


@pytest.mark.parametrize("kind", [WORKSPACE, PROJECT])
def test_a_refusal_of_awork_is_shown_as_one(standin, end, paula, kind):
    type(paula).objects.filter(pk=paula.pk).update(role="lead")
    paula.refresh_from_db()
    ending = go(end(kind, paula), paula)
    assert (ending.state, ending.reason) == ("refused", "unauthorized")
    assert events() == ["ending-requested", "ending-refused"]
    assert calls(standin)[-1][1] == 401


def test_an_expired_sign_in_waits_and_goes_on_after_the_next(standin, end, paula):
    ending = end(TASK, paula)
    delete(paula)
    go(ending, paula)
    go(ending, paula)
    assert (ending.state, ending.reason) == ("waiting", "sign-in-expired")
    assert events() == ["ending-requested", "ending-waiting"]
    sign_in_again(standin, "paula", paula)
    assert go(ending, paula).state == "done"


def test_who_may_no_longer_end_it_is_not_obeyed(standin, end, guest, paula):
    ending = end(TASK, paula)
    type(paula).objects.filter(pk=paula.pk).update(role="auditor")
    assert (go(ending, paula).state, ending.reason) == ("waiting", "right-lost")
    assert calls(standin) == []


def test_a_guest_invited_again_keeps_their_access(standin, end, guest, paula):
    ending = end(TASK, paula)
    Invitation.objects.update(attempted_at=timezone.now() + timedelta(seconds=1))
    assert (go(ending, paula).state, ending.reason) == ("not_done", "invited-again")
    assert (calls(standin), events()[-1]) == ([], "ending-not-done")


def test_a_later_invitation_to_another_task_changes_nothing(standin, end, paula):
    ending = end(TASK, paula)
    factories.invitation(paula, task_key="WEB-15", attempted_at=timezone.now())
    assert go(ending, paula).state == "done"


def test_an_end_date_that_was_moved_ends_nothing(standin, end, guest, paula):
    Guest.objects.update(ends_on=today())
    ending = go(end(TASK, paula, cause=EndingCause.END_DATE), paula)
    assert (ending.state, ending.reason) == ("not_done", "prolonged")
    assert calls(standin) == []


def test_an_end_date_moved_while_awork_is_looked_at_ends_nothing(standin, end, guest, paula, monkeypatch):
    Guest.objects.update(ends_on=today() - timedelta(days=1))
    ending, real = end(TASK, paula, cause=EndingCause.END_DATE), sending.look

    def look_and_prolong(*arguments):
        seen = real(*arguments)
        Guest.objects.update(ends_on=today())
        return seen

    monkeypatch.setattr(sending, "look", look_and_prolong)
    assert (go(ending, paula).state, ending.reason) == ("not_done", "prolonged")
    assert calls(standin) == []


def test_an_unknown_account_is_looked_for_some_times(standin, end, guest, paula):
    Guest.objects.update(awork_id=None)
    ending = end(TASK, paula)
    states = [go(ending, paula).state for _ in range(6)]
    assert states == ["requested"] * 5 + ["not_done"]
    assert (ending.reason, calls(standin)) == ("guest-unknown", [])


def test_what_was_not_sent_is_tried_again(standin, end, paula):
    ending = end(TASK, paula)
    standin.fault("GET", "/tasks/", "rate_limited", None, headers=False)
    assert (go(ending, paula).state, ending.reason) == ("requested", "rate-limited")
    assert ending.next_check_at > timezone.now()
    standin.faults.reset()
    http.rate_limiter.reset()
    assert go(ending, paula).state == "done"
    assert events() == ["ending-requested", "ending-done"]


@pytest.mark.parametrize("fault", ["cut_before", "cut_after"])
def test_a_lost_answer_is_unclear(standin, end, paula, fault):
    ending = end(TASK, paula)
    standin.fault("POST", "/setassignees", fault)
    assert (go(ending, paula).state, ending.reason) == ("unclear", "no-answer")
    assert events() == ["ending-requested", "ending-unclear"]
    assert not send(ending, by=actor(paula))
    assert len(calls(standin)) <= 1


def test_a_confirmation_without_effect_is_not_believed(standin, end, paula):
    standin.fault("POST", "/setassignees", "status", status=204, body="", effect=False)
    assert (go(end(TASK, paula), paula).state, Ending.objects.get().reason) == ("unclear", "checking")


def test_a_process_that_lost_its_lease_asks_nothing(standin, end, paula, monkeypatch):
    ending = end(TASK, paula)
    monkeypatch.setattr(locks, "LEASE_SECONDS", 0)
    go(ending, paula)
    assert calls(standin) == []


@pytest.mark.django_db(transaction=True)
def test_of_many_processes_one_asks(standin, end, paula):
    ending = end(TASK, paula)
    copies = [Ending.objects.get(pk=ending.pk) for _ in range(6)]
    assert at_once(6, lambda number: send(copies[number], by=actor(paula))).count(True) == 1
    assert calls(standin) == [("setassignees", 204)]
    later(ending)
    assert events() == ["ending-requested", "ending-done"]
