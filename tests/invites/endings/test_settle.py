"""Settling an ending whose answer was lost: by looking, and never by asking again at once."""

from dataclasses import replace

import pytest
from django.utils import timezone

from invites.audit.models import Event
from invites.audit.presenters import present
from invites.endings import send as sending
from invites.endings.settle import settle
from invites.models import Ending, EndingKind
from portal.actor import for_system
from portal.awork.tokens import delete
from tests.invites import factories
from tests.invites.conftest import actor
from tests.invites.endings.conftest import CARLA, calls, die, events, later, sign_in_again

pytestmark = pytest.mark.django_db
TASK, PROJECT, WORKSPACE, ACTIVATION = EndingKind
STAYING = ["ada@nordlicht.example", "paul@nordlicht.example"]


def look(ending):
    """The worker's check; returns whether it did anything."""
    done = settle(ending, by=for_system(ending.workspace_id))
    ending.refresh_from_db()
    return done


@pytest.fixture
def unclear(standin, end, paula):
    """`unclear(fault)`: unassigning Carla from WEB-12, with the answer lost."""

    def lost(fault="cut_after"):
        ending = end(TASK, paula)
        standin.fault("POST", "/setassignees", fault)
        sending.send(ending, by=actor(paula))
        ending.refresh_from_db()
        assert ending.state == "unclear"
        standin.requests.clear()
        return ending

    return lost


def test_an_effect_that_shows_settles_it(standin, unclear):
    ending = unclear()
    assert look(ending)
    assert (ending.state, ending.reason, ending.next_check_at) == ("done", "", None)
    assert calls(standin) == []
    assert sorted(standin.world.assigned("WEB-12")) == STAYING
    assert events() == ["ending-requested", "ending-unclear", "ending-settled"]
    row = present(list(Event.objects.filter(type="ending-settled")))[0]
    assert row.sentence == (
        "Invitation desk checked with awork: Carla Creative is no longer assigned to WEB-12 Write copy."
    )
    assert not look(ending)


def test_no_effect_is_waited_for_and_then_asked_again(standin, unclear, paula):
    ending = unclear("cut_before")
    look(ending)
    assert (ending.state, ending.reason) == ("unclear", "checking")
    later(ending, minutes=6)
    look(ending)
    assert (ending.state, ending.reason, calls(standin)) == ("requested", "no-effect", [])
    assert events()[-3:] == ["ending-checked", "ending-settled", "ending-requested"]
    assert Event.objects.filter(type="ending-requested").latest("sequence").details["attempt"] == 2
    sending.send(ending, by=actor(paula))
    ending.refresh_from_db()
    assert (ending.state, ending.attempts, calls(standin)) == ("done", 2, [("setassignees", 204)])


def test_the_third_attempt_without_effect_is_the_last(standin, unclear):
    ending = unclear("cut_before")
    Ending.objects.update(attempts=3)
    later(ending, minutes=6)
    look(ending)
    assert (ending.state, ending.reason, ending.next_check_at) == ("not_done", "no-effect", None)
    assert events()[-1] == "ending-settled"


def test_what_nobody_can_see_stays_unclear(standin, unclear, paula, settings):
    settings.AWORK_API_KEY = ""
    ending = unclear()
    delete(paula)
    look(ending)
    assert (ending.state, ending.reason) == ("unclear", "hidden")
    assert ending.next_check_at


@pytest.mark.parametrize("fault", ["cut_before", "status"])
def test_awork_not_answering_says_nothing(standin, unclear, fault):
    ending = unclear()
    standin.fault("GET", "/tasks/", fault, None, **({"status": 500} if fault == "status" else {}))
    look(ending)
    assert (ending.state, ending.reason) == ("unclear", "no-answer")


@pytest.mark.parametrize(("change", "state"), [({"is_deactivated": True}, "done"), ({}, "requested")])
def test_a_process_that_was_killed_leaves_an_outcome_to_look_for(standin, end, guest, paula, change, state):
    ending = end(WORKSPACE, paula)
    die(ending)
    later(ending, minutes=6)
    standin.world.change(standin.world.person(CARLA), **change)
    look(ending)
    assert (ending.state, calls(standin)) == (state, [])


def test_a_guest_who_is_gone_has_no_access(standin, end, guest, paula):
    ending = end(WORKSPACE, paula)
    die(ending)
    standin.world.delete(standin.world.person("ada"), standin.world.person(CARLA))
    look(ending)
    assert ending.state == "done"


def test_who_awork_lost_is_assigned_again_after_a_crash(standin, end, guest, paula):
    ending = end(TASK, paula)
    task = standin.world.task("WEB-12")
    carla = standin.world.person(CARLA).id
    before = {one.user_id: one.effort for one in task.assignees if one.user_id != carla}
    die(ending)
    Ending.objects.update(
        assignees_before=[
            {
                "id": str(one.user_id),
                "first_name": "Ada",
                "last_name": "",
                "planned_effort": one.effort or 0,
                "distributed": one.effort is None,
            }
            for one in task.assignees
            if one.user_id != carla
        ]
    )
    ending.refresh_from_db()
    standin.world.tasks[task.id] = replace(task, assignees=())
    look(ending)
    assert (ending.state, ending.assignees_missing) == ("done", [])
    assert {one.user_id: one.effort for one in standin.world.task("WEB-12").assignees} == before
    assert events()[-2:] == ["ending-settled", "team-restored"]


def test_assignees_are_restored_once_the_sign_in_is_back(standin, end, guest, paula):
    ending = end(TASK, paula)
    ada = standin.world.person("ada").id
    die(ending)
    missing = {"id": str(ada), "first_name": "Ada", "last_name": "", "planned_effort": 0, "distributed": True}
    Ending.objects.update(state="done", assignees_missing=[missing])
    ending.refresh_from_db()
    standin.world.set_assignees(standin.world.person("ada"), ending.target_id, [])
    delete(paula)
    assert look(ending)
    assert (ending.state, len(ending.assignees_missing)) == ("done", 1)
    sign_in_again(standin, "paula", paula)
    assert look(ending)
    assert standin.world.assigned("WEB-12") == ["ada@nordlicht.example"]
    assert events()[-1] == "team-restored"
    assert not look(ending)


def test_another_guest_whose_access_ended_meanwhile_is_not_assigned_again(standin, end, guest, paula):
    ending = end(TASK, paula)
    die(ending)
    dirk = factories.guest(
        paula,
        of=factories.invitation(paula, email="dirk@druck.example"),
        awork_id=standin.world.person("ada").id,
    )
    factories.ending(dirk, paula, target_id=ending.target_id, state="done", changed_at=timezone.now())
    gone = {"id": str(dirk.awork_id), "first_name": "Dirk", "last_name": "", "planned_effort": 0}
    Ending.objects.filter(pk=ending.pk).update(state="done", assignees_missing=[gone | {"distributed": True}])
    ending.refresh_from_db()
    standin.world.set_assignees(standin.world.person("ada"), ending.target_id, [])
    assert look(ending)
    assert (standin.world.assigned("WEB-12"), ending.assignees_missing) == ([], [])
    assert not look(ending)


def test_the_person_looking_helps_out(standin, unclear, paula, ada, settings):
    settings.AWORK_API_KEY = ""
    ending = unclear()
    delete(paula)
    settle(ending, by=actor(paula), reader=ada)
    ending.refresh_from_db()
    assert ending.state == "done"
    assert Event.objects.get(type="ending-settled").details["access"] == "reader"
