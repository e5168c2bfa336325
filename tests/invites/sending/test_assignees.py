import threading
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from invites.audit.models import Event, Person
from invites.models import AssigneesState, Guest, Invitation, State
from invites.sending import assignees
from invites.sending import send as sending
from invites.sending.create import create
from portal.awork.schemas import Assignee
from portal.awork.tokens import client_for
from portal.locks import LockBusy, named_lock
from tests.invites import factories
from tests.invites.conftest import actor, types

pytestmark = pytest.mark.django_db
ADA, PAUL, CARLA = "ada@nordlicht.example", "paul@nordlicht.example", "carla@creative.example"


def efforts(standin, key="WEB-12"):
    return {standin.world.people[one.user_id].email: one.effort for one in standin.world.task(key).assignees}


@pytest.mark.parametrize(
    ("replaces", "team"), [(True, AssigneesState.RESTORED), (False, AssigneesState.KEPT)]
)
def test_everyone_stays_assigned_whether_awork_replaces_or_appends(
    standin, send, new_invitation, replaces, team
):
    standin.world.replaces = replaces
    before = efforts(standin)
    invitation = send(new_invitation())

    assert invitation.assignees_state == team
    after = efforts(standin)
    assert set(after) == {ADA, PAUL, CARLA}
    assert {email: after[email] for email in before} == before


def test_planned_efforts_are_restored_and_distributed_ones_stay_distributed(standin, send, new_invitation):
    assert efforts(standin) == {ADA: 4 * 3600, PAUL: None}
    send(new_invitation())

    assert efforts(standin)[ADA] == 4 * 3600
    assert efforts(standin)[PAUL] is None


def test_two_guests_invited_in_turn_both_stay_assigned(standin, send, new_invitation):
    send(new_invitation())
    send(new_invitation(email="dirk@druck.example", first_name="Dirk", last_name="Druck"))

    assert set(efforts(standin)) == {ADA, PAUL, CARLA, "dirk@druck.example"}


@pytest.mark.parametrize("kind", ["task", "project"])
def test_a_guest_whose_access_ended_meanwhile_is_not_assigned_again(
    standin, send, new_invitation, paula, kind
):
    send(new_invitation())
    standin.fault("POST", "/setassignees", kind="status", status=500)
    dirk = send(new_invitation(email="dirk@druck.example", first_name="Dirk", last_name="Druck"))
    assert len(dirk.assignees_missing) == 3
    carla = Guest.objects.get(email=CARLA)
    Guest.objects.filter(pk=carla.pk).update(awork_id=standin.world.person(CARLA).id)
    target = dirk.task_id if kind == "task" else dirk.project_id
    factories.ending(carla, paula, kind=kind, target_id=target, state="done", changed_at=timezone.now())

    assignees.restore_assignees(dirk, client_for(paula), by=actor(paula))
    assert dirk.assignees_state == AssigneesState.RESTORED
    assert set(efforts(standin)) == {ADA, PAUL, "dirk@druck.example"}


def test_a_task_without_assignees_needs_no_restoring(standin, send, new_invitation):
    invitation = send(new_invitation("WEB-14"))

    assert (invitation.assignees_state, invitation.assignees_missing) == (AssigneesState.KEPT, [])
    assert standin.count("POST", "/setassignees") == 0


def test_assignees_are_released_if_the_inviter_asked_for_it(standin, send, new_invitation):
    invitation = send(new_invitation(keep_assignees=False))

    assert invitation.assignees_state == AssigneesState.RELEASED
    assert set(efforts(standin)) == {CARLA}
    assert [one["first_name"] for one in invitation.assignees_missing] == ["Ada", "Paul"]
    assert types()[-1] == "team-released"


def test_where_a_task_has_one_assignee_nobody_is_restored(standin, send, new_invitation):
    invitation = send(new_invitation("POD-1", allows_several_assignees=False))

    assert invitation.assignees_state == AssigneesState.REPLACED
    assert set(efforts(standin, "POD-1")) == {CARLA}
    assert [one["first_name"] for one in invitation.assignees_missing] == ["Paul"]
    assert standin.count("POST", "/setassignees") == 0
    assert not invitation.is_unresolved
    assert types()[-1] == "team-replaced"


def test_where_that_is_unknown_restoring_is_tried(standin, send, new_invitation):
    invitation = send(new_invitation("POD-1", allows_several_assignees=None))

    assert standin.count("POST", "/setassignees") == 1
    assert invitation.assignees_state == AssigneesState.NOT_RESTORED


def test_distributed_efforts_are_not_restored(standin, send, new_invitation):
    unsaved = new_invitation("WEB-13")
    everybody = tuple(type(one)(one.user_id) for one in standin.world.task("WEB-13").assignees)
    standin.world.assign(standin.world.person("ada"), standin.world.task("WEB-13"), everybody)
    send(unsaved)

    assert standin.count("POST", "/setassignees") == 1
    assert standin.count("POST", "/setplannedefforts") == 0


@pytest.mark.parametrize(
    ("fault", "options"), [("cut_before", {}), ("cut_after", {}), ("rate_limited", {"reset": 60})]
)
def test_assignees_that_could_not_be_restored_are_named(standin, send, new_invitation, fault, options):
    standin.fault("POST", "/setassignees", kind=fault, **options)
    invitation = send(new_invitation())

    assert invitation.state == State.SENT
    assert invitation.assignees_state == AssigneesState.NOT_RESTORED
    assert [one["first_name"] for one in invitation.assignees_missing] == ["Ada", "Paul"]
    event = Event.objects.get(type="team-not-restored")
    named = Person.objects.filter(event=event.id, kind="team").order_by("position")
    assert [one.first_name for one in named] == ["Ada", "Paul"]
    assert event.exchange["path"].endswith("/setassignees")


@pytest.mark.parametrize("how", ["deactivated", "deleted"])
def test_one_who_has_left_is_kept_out_and_the_others_are_not(standin, send, new_invitation, monkeypatch, how):
    unsaved, world = new_invitation(), standin.world
    paul, invite = world.person(PAUL), world.assign_by_email

    def leave(*arguments):
        if how == "deactivated":
            world.change(paul, is_deactivated=True)
        else:
            del world.people[paul.id]
        return invite(*arguments)

    monkeypatch.setattr(world, "assign_by_email", leave)
    invitation = send(unsaved)

    assert efforts(standin) == {CARLA: None, ADA: 4 * 3600}
    assert invitation.assignees_state == AssigneesState.NOT_RESTORED
    assert [one["first_name"] for one in invitation.assignees_missing] == ["Paul"]


def test_a_refusal_that_is_about_nobody_who_has_left_is_one_for_all(standin, send, new_invitation):
    standin.fault("POST", "/setassignees", kind="status", status=400)
    invitation = send(new_invitation())

    assert [one["first_name"] for one in invitation.assignees_missing] == ["Ada", "Paul"]
    assert standin.count("POST", "/setassignees") == 1


def test_a_lost_effort_counts_as_not_restored(standin, send, new_invitation):
    standin.fault("POST", "/setplannedefforts", kind="status", status=500)
    invitation = send(new_invitation())

    assert invitation.assignees_state == AssigneesState.NOT_RESTORED
    assert efforts(standin)[ADA] is None


def test_assignees_are_unchecked_if_the_second_read_fails(standin, send, new_invitation):
    unsaved = new_invitation()
    standin.fault("GET", "/tasks/", kind="status", status=500, skip=1)
    invitation = send(unsaved)

    assert invitation.state == State.SENT
    assert invitation.assignees_state == AssigneesState.UNCHECKED
    assert invitation.guest_id is None


class TestRestoringLater:
    def test_assignees_can_be_restored_later(self, standin, send, new_invitation, paula):
        standin.fault("POST", "/setassignees", kind="cut_before")
        invitation = send(new_invitation())
        assert set(efforts(standin)) == {CARLA}

        outcome = assignees.restore_assignees(invitation, client_for(paula), by=actor(paula))

        assert outcome.state == AssigneesState.RESTORED
        assert efforts(standin) == {CARLA: None, ADA: 4 * 3600, PAUL: None}
        assert types()[-2:] == ["team-not-restored", "team-restored"]

    def test_a_lost_effort_can_be_restored_later(self, standin, send, new_invitation, paula):
        standin.fault("POST", "/setplannedefforts", kind="status", status=500)
        invitation = send(new_invitation())
        standin.requests.clear()

        assignees.restore_assignees(invitation, client_for(paula), by=actor(paula))

        assert efforts(standin)[ADA] == 4 * 3600
        assert standin.count("POST", "/setassignees") == 0

    def test_a_lost_effort_is_remembered_when_another_person_goes_missing(
        self, standin, send, new_invitation, paula
    ):
        standin.fault("POST", "/setplannedefforts", kind="status", status=500)
        invitation = send(new_invitation())
        Invitation.objects.filter(pk=invitation.pk).update(
            assignees_missing=invitation.assignees_missing[:1]
        )  # Ada
        task, paul = standin.world.task("WEB-12"), standin.world.person(PAUL).id
        rest = tuple(one for one in task.assignees if one.user_id != paul)
        standin.world.assign(standin.world.person("ada"), task, rest)

        outcome = assignees.restore_assignees(invitation, client_for(paula), by=actor(paula))

        assert outcome.state == AssigneesState.RESTORED
        assert efforts(standin) == {CARLA: None, ADA: 4 * 3600, PAUL: None}

    def test_it_can_fail_again(self, standin, send, new_invitation, paula):
        standin.fault("POST", "/setassignees", kind="cut_before", times=2)
        invitation = send(new_invitation())
        assignees.restore_assignees(invitation, client_for(paula), by=actor(paula))

        invitation.refresh_from_db()
        assert invitation.assignees_state == AssigneesState.NOT_RESTORED
        assert [one["first_name"] for one in invitation.assignees_missing] == ["Ada", "Paul"]

    def test_complete_assignees_are_not_changed(self, standin, send, new_invitation, paula):
        invitation = send(new_invitation())
        standin.requests.clear()
        outcome = assignees.restore_assignees(invitation, client_for(paula), by=actor(paula))

        assert outcome.state == AssigneesState.RESTORED
        assert standin.requests == []

    def test_it_waits_for_the_task_lock(self, standin, send, new_invitation, paula, monkeypatch):
        monkeypatch.setattr("invites.sending.locks.WAIT_SECONDS", 0.1)
        standin.fault("POST", "/setassignees", kind="cut_before")
        invitation = send(new_invitation())
        with named_lock(f"task:{invitation.task_id}", seconds=60, wait=0), pytest.raises(LockBusy):
            assignees.restore_assignees(invitation, client_for(paula), by=actor(paula))


@pytest.mark.django_db(transaction=True)
def test_two_simultaneous_invitations_do_not_overwrite_each_other(standin, new_invitation, paula):
    wishes = [new_invitation(email=f"guest{number}@creative.example") for number in range(4)]
    standin.fault("POST", "/tasks/assignuserbyemail", kind="delay_before", seconds=0.1, times=4)

    def go(unsaved):
        try:
            invitation, _ = create(unsaved, by=actor(paula))
            sending.send(invitation, client_for(paula), by=actor(paula))
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=[unsaved]) for unsaved in wishes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    expected = {ADA, PAUL, *(unsaved.email for unsaved in wishes)}
    assert set(efforts(standin)) == expected
    assert efforts(standin)[ADA] == 4 * 3600


def assignee(first="Ada", **fields):
    return Assignee(uuid4(), first, "Ahrens", **fields)


def test_assignees_survive_the_round_trip_through_json():
    people = (assignee(planned_effort=7200, distributed=False), assignee("Paul"))

    assert assignees.from_json(assignees.to_json(people)) == people


@pytest.mark.parametrize(
    ("new", "index"),
    [
        ((), None),
        (("Carla Creative",), 0),
        (("Zoë",), 0),
        (("Zoë", "Carla Creative"), 1),
        (("Zoë", "Ada"), None),
    ],
)
def test_the_guest_is_the_new_assignee(new, index):
    invitation = Invitation(first_name="Carla", last_name="Creative", email=CARLA)
    before = (assignee(),)
    people = tuple(Assignee(uuid4(), *[*name.split(), ""][:2]) for name in new)

    expected = people[index].id if index is not None else None
    assert assignees.find_new_assignee(invitation, before, before + people) == expected
