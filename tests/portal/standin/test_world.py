"""awork's known behaviour, rule by rule."""

import sys
import time
from dataclasses import replace

import pytest

from portal.standin.entities import Assignment, stable_id
from portal.standin.errors import ApiError
from portal.standin.seed import MAIN, seed_data, user_id
from portal.standin.users import PrivateProjects
from portal.standin.world import World
from tests.threads import at_once


@pytest.fixture
def world() -> World:
    return World(tasks=300)


def invite(world, email="carla@studio.example", *, task="WEB-12", role="guest", by="paula", **names):
    return world.assign_by_email(world.person(by), world.task(task).id, email, world.role(role).id, names)


class raises_api_error:  # used like pytest.raises
    """Expect this error in the block."""

    def __init__(self, code: str, status: int) -> None:
        self.expected = (status, code)

    def __enter__(self):
        return self

    def __exit__(self, kind, problem, trace):
        assert kind is ApiError, f"no ApiError was raised: {problem!r}"
        assert (problem.status, problem.code) == self.expected
        return True


def test_an_invitation_unassigns_everybody_else(world):
    invite(world)
    assert world.assigned("WEB-12") == ["carla@studio.example"]


def test_an_invitation_adds_the_guest_if_awork_appends(world):
    world.replaces = False
    invite(world)
    assert world.assigned("WEB-12") == [
        "ada@nordlicht.example",
        "paul@nordlicht.example",
        "carla@studio.example",
    ]


def test_an_unknown_address_becomes_a_user_who_has_not_accepted(world):
    person = invite(world, firstName="Carla", lastName="Creative", gender="female")
    assert (person.name, person.gender, person.invitation_accepted) == ("Carla Creative", "female", False)
    assert person.role_id == world.role("guest").id
    assert world.find_by_email(MAIN, "CARLA@studio.example") == person


def test_a_member_is_assigned_with_their_role(world):
    people = len(world.people)
    assert invite(world, "ZOE@nordlicht.example").role_id == world.role("member").id
    assert len(world.people) == people
    assert world.assigned("WEB-12") == ["zoe@nordlicht.example"]


def test_an_assignee_is_not_assigned_twice(world):
    world.replaces = False
    invite(world, "ada@nordlicht.example")
    assert world.assigned("WEB-12") == ["paul@nordlicht.example", "ada@nordlicht.example"]


@pytest.mark.parametrize(
    ("case", "code", "status"),
    [
        ({"role": "archived"}, "entity-archived", 400),
        ({"role": "agent"}, "invalid-operation", 400),
        ({"role": "admin"}, "invalid-operation", 400),
        ({"role": "other-member"}, "not-found", 404),
        ({"task": "SUD-1"}, "not-found", 404),
        ({"task": "KEY-1"}, "not-found", 404),
        ({"task": "Private: salary talks"}, "not-found", 404),
        ({"task": "Private: Geschenk für Jürgen"}, "invalid-operation", 400),
        ({"by": "gustav"}, "not-found", 404),
        ({"email": "dora@nordlicht.example"}, "deactivated-user", 400),
        ({"email": "gustav@nordlicht.example"}, "invalid-operation", 400),
    ],
)
def test_a_refused_invitation_changes_nothing(world, case, code, status):
    people, team = dict(world.people), world.assigned("WEB-12")
    with raises_api_error(code, status):
        invite(world, **case)
    assert (world.people, world.assigned("WEB-12"), world.activities) == (people, team, [])


def test_administrators_can_invite_administrators(world):
    assert invite(world, role="admin", by="ada").role_id == world.role("admin").id


def test_a_guest_can_have_several_tasks_in_one_project_only(world):
    invite(world)
    invite(world, task="WEB-13")
    with raises_api_error("invalid-operation", 400):
        invite(world, task="CAF-7")


def test_three_guests_use_one_seat(world):
    world.seats = world.seat_thirds_used(MAIN) // 3 + 1
    room = world.seats * 3 - world.seat_thirds_used(MAIN)
    for number in range(room):
        invite(world, f"guest{number}@studio.example")
    with raises_api_error("insufficient-seats", 400):
        invite(world, "one.more@studio.example")
    assert world.find_by_email(MAIN, "one.more@studio.example") is None


def test_assigning_a_member_needs_no_free_seat(world):
    world.seats = 0
    invite(world, "zoe@nordlicht.example")
    with raises_api_error("insufficient-seats", 400):
        invite(world)


def test_a_deactivated_person_frees_the_seat(world):
    taken = world.seat_thirds_used(MAIN)
    world.deactivate(world.person("ada"), user_id("zoe"))
    assert world.seat_thirds_used(MAIN) == taken - 3


def test_activating_takes_a_free_seat(world):
    ada = world.person("ada")
    world.deactivate(ada, user_id("zoe"))
    world.seats = world.seat_thirds_used(MAIN) // 3
    with raises_api_error("insufficient-seats", 400):
        world.activate(ada, user_id("zoe"))
    world.seats += 2
    world.activate(ada, user_id("zoe"))
    assert not world.person("zoe").is_deactivated


def test_private_projects_of_a_deactivated_user_get_another_manager_or_are_deleted(world):
    secret = world.task("KEY-1").project_id
    private = world.deactivate(world.person("lea"), user_id("mona"))
    assert (private, world.projects[secret].members) == (PrivateProjects(), {user_id("ada"), user_id("mona")})
    world.activate(world.person("ada"), user_id("mona"))
    world.change(world.person("lea"), role_id=world.role("admin").id)
    assert world.deactivate(world.person("lea"), user_id("ada")) == PrivateProjects(reassigned=1)
    assert world.projects[secret].members == {user_id("mona")}
    assert world.deactivate(world.person("lea"), user_id("mona")) == PrivateProjects(deleted=1)
    assert secret not in world.projects
    assert secret not in {task.project_id for task in world.tasks.values()}
    assert world.search(world.person("lea"), "Vertraulicher", closed_and_stuck=True) == []


def test_who_is_deleted_is_on_no_task_and_in_no_project(world):
    guest = invite(world)
    world.change_project("KEY", members=frozenset({guest.id, user_id("ada")}))
    world.delete(world.person("ada"), guest)
    assert guest.id not in world.people
    assert world.assigned("WEB-12") == []
    assert world.projects[world.task("KEY-1").project_id].members == {user_id("ada")}
    with raises_api_error("not-found", 404):
        world.user(world.person("paula"), guest.id)


def test_who_leaves_a_project_leaves_its_tasks(world):
    guest = invite(world)
    world.remove_project_member(world.person("mona"), world.task("WEB-12").project_id, guest.id)
    assert world.assigned("WEB-12") == []
    assert world.activities[-1].unassigned == guest.id


def test_comments_belong_to_a_task(world):
    paula, task = world.person("paula"), world.task("WEB-12").id
    made = world.add_comment(paula, task, "Hello", is_hidden=True)
    assert world.task_comments(paula, task) == [made]
    assert world.task_comments(paula, world.task("WEB-13").id) == []
    with raises_api_error("unauthorized", 401):
        world.task_comments(world.person("gustav"), task)


def test_the_remaining_effort_is_shared(world):
    task = world.task("WEB-12")
    assert (task.planned, task.assignees[0].effort, task.effort_share) == (6 * 3600, 4 * 3600, 2 * 3600)
    shared = replace(
        task, assignees=(*task.assignees, Assignment(user_id("zoe")), Assignment(user_id("mona")))
    )
    assert shared.effort_share == 2 * 3600 // 3


def test_setting_assignees_keeps_efforts_of_remaining_assignees(world):
    paula, task = world.person("paula"), world.task("WEB-12").id
    world.set_assignees(paula, task, [user_id("zoe"), user_id("ada"), user_id("zoe")])
    assert world.task("WEB-12").assignees == (
        Assignment(user_id("zoe")),
        Assignment(user_id("ada"), 4 * 3600),
    )


def test_a_reassigned_user_has_no_planned_effort(world):
    paula, task = world.person("paula"), world.task("WEB-12").id
    invite(world)
    world.set_assignees(paula, task, [user_id("ada")])
    assert world.task("WEB-12").assignees == (Assignment(user_id("ada"), None),)


def test_only_the_given_efforts_change(world):
    paula, task = world.person("paula"), world.task("WEB-12").id
    world.set_planned_efforts(paula, task, {user_id("paul"): 600})
    assert world.task("WEB-12").assignees == (
        Assignment(user_id("ada"), 4 * 3600),
        Assignment(user_id("paul"), 600),
    )
    world.set_planned_efforts(paula, task, {user_id("ada"): None})
    assert world.task("WEB-12").assignees == (
        Assignment(user_id("ada"), None),
        Assignment(user_id("paul"), 600),
    )


def test_efforts_are_for_assignees(world):
    with raises_api_error("invalid-operation", 400):
        world.set_planned_efforts(
            world.person("paula"), world.task("WEB-12").id, {user_id("ada"): 1, user_id("zoe"): 1}
        )
    assert world.task("WEB-12").assignees[0].effort == 4 * 3600


def test_the_history_records_who_was_added_and_removed(world):
    guest = invite(world)
    history = world.task_activities(world.person("paula"), world.task("WEB-12").id)
    assert [(one.event, one.assigned, one.unassigned) for one in history] == [
        ("deleted", None, user_id("ada")),
        ("deleted", None, user_id("paul")),
        ("added", guest.id, None),
    ]
    assert {one.by for one in history} == {user_id("paula")}
    assert len({one.id for one in history}) == 3


def test_task_visibility(world):
    def can_see_task(handle, key):
        return world.can_see_task(world.person(handle), world.task(key))

    assert can_see_task("paula", "WEB-12")
    assert not can_see_task("paula", "KEY-1")
    assert can_see_task("mona", "KEY-1")
    assert can_see_task("gustav", "CAF-7")
    assert not can_see_task("gustav", "WEB-12")
    assert not can_see_task("otto", "WEB-12")
    assert can_see_task("paula", "Private: Geschenk für Jürgen")
    assert not can_see_task("ada", "Private: Geschenk für Jürgen")


def test_search_finds_only_visible_tasks(world):
    def found(handle, words, **options):
        options = {"closed_and_stuck": True, **options}
        return {task.id for task in world.search(world.person(handle), words, **options)}

    assert world.task("WEB-12").id in found("paula", "write COPY")
    assert world.task("WEB-12").id in found("paula", "web-12")
    assert found("paula", "speisekarte für") == {world.task("CAF-7").id}
    assert found("gustav", "write copy") == set()
    assert found("paula", "Vertraulicher") == set()
    assert found("otto", "write") & found("paula", "write") == set()
    assert world.task("WEB-15").id in found("paula", "kick-off")
    assert found("paula", "kick-off", closed_and_stuck=False) == set()


def test_a_list_of_users_needs_permission(world):
    assert world.user_list(world.person("paula"), archived=True) == [world.person("paula")]
    assert len(world.user_list(world.person("mona"), archived=True)) == 11
    assert {role.name for role in world.role_list(world.person("mona"), archived=False)}.isdisjoint(
        {"Freelancer (old)"}
    )


def test_roles_of_other_workspaces_are_not_found(world):
    office = world.role("office")
    assert world.role_features(world.person("mona"), office.id) == office.features
    with raises_api_error("not-found", 404):
        world.role_features(world.person("mona"), world.role("other-admin").id)


def test_archived_users_are_listed_on_request_only(world):
    mona, paul = world.person("mona"), world.person("paul")
    world.change(paul, is_archived=True)

    assert paul.id not in {one.id for one in world.user_list(mona, archived=False)}
    assert paul.id in {one.id for one in world.user_list(mona, archived=True)}
    assert world.role_users(mona, paul.role_id, archived=False) != world.role_users(
        mona, paul.role_id, archived=True
    )


def test_people_see_their_own_team_only_where_the_workspace_says_so(world):
    world.change(world.person("paul"), team="Design")
    mona = world.change(world.person("mona"), team="Design")
    world.narrows_to_teams = True

    assert {one.handle for one in world.user_list(mona, archived=True)} == {"mona", "paul"}
    assert len(world.user_list(world.person("ada"), archived=True)) == 11


def test_a_task_of_such_a_project_has_one_assignee(world):
    paula, task = world.person("paula"), world.task("POD-1").id
    with raises_api_error("invalid-operation", 400):
        world.set_assignees(paula, task, [user_id("paul"), user_id("ada")])
    world.set_assignees(paula, task, [user_id("ada")])
    assert world.assigned("POD-1") == ["ada@nordlicht.example"]

    world.replaces = False
    invite(world, task="POD-1")
    assert world.assigned("POD-1") == ["carla@studio.example"]


def test_an_archived_user_cant_be_assigned(world):
    world.change(world.person("zoe"), is_archived=True)
    with raises_api_error("entity-archived", 400):
        invite(world, "zoe@nordlicht.example")


def test_the_other_workspace_has_no_guest_role(world):
    assert [role.name for role in world.role_list(world.person("otto"), archived=True)] == ["Admin", "Member"]


def test_a_first_sign_in_accepts_the_invitation(world):
    assert world.accept_invitation(invite(world)).invitation_accepted
    assert world.person("carla@studio.example").invitation_accepted


@pytest.fixture
def frequent_thread_switches():
    """Let threads switch as often as possible, to reveal race conditions."""
    original = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(original)


@pytest.mark.usefixtures("frequent_thread_switches")
def test_concurrent_invitations_are_all_assigned_if_awork_appends(world):
    for _ in range(5):
        world.reset()
        world.replaces = False
        at_once(20, lambda number: invite(world, f"guest{number}@studio.example"))
        assert len(set(world.assigned("WEB-12"))) == 22


def test_concurrent_invitations_leave_one_assignee_if_awork_replaces(world):
    at_once(20, lambda number: invite(world, f"guest{number}@studio.example"))
    assert len(world.assigned("WEB-12")) == 1


def test_concurrent_invitations_of_one_address_add_one_user(world):
    people = len(world.people)
    at_once(20, lambda number: invite(world))
    assert len(world.people) == people + 1


@pytest.mark.usefixtures("frequent_thread_switches")
def test_concurrent_invitations_cannot_exceed_the_seats(world):
    world.seats = -(-(world.seat_thirds_used(MAIN) + 1) // 3)
    room = world.seats * 3 - world.seat_thirds_used(MAIN)

    def attempt(number: int) -> bool:
        try:
            invite(world, f"guest{number}@studio.example")
        except ApiError:
            return False
        return True

    assert sum(at_once(20, attempt)) == room


def test_a_reset_restores_the_seed_data(world):
    before = (world.people.copy(), world.tasks.copy(), world.seats)
    invite(world)
    world.seats, world.replaces = 3, False
    world.reset()
    assert (world.people, world.tasks, world.seats, world.activities) == (*before, [])
    assert world.replaces


def test_the_seed_data_is_always_the_same():
    assert seed_data(500) == seed_data(500)
    assert len(seed_data(500).tasks) == 500


def test_the_seed_data_has_known_and_awkward_names():
    world = World()
    assert len(world.tasks) == 2000
    assert (len(world.projects), len(world.workspaces)) == (7, 2)
    assert world.task("WEB-12").name == "Write copy"
    assert world.assigned("WEB-12") == ["ada@nordlicht.example", "paul@nordlicht.example"]
    texts = " ".join(
        [*(task.name for task in world.tasks.values()), *(one.name for one in world.people.values())]
    )
    assert all(sign in texts for sign in "üßŁ'&<")
    assert stable_id("task", "WEB-12") == world.task("WEB-12").id


def test_fifty_thousand_tasks_are_made_and_searched_quickly():
    began = time.thread_time()
    world = World(tasks=50_000)
    assert time.thread_time() - began < 3
    assert len(world.tasks) == len(world.seed.keys) + 2 == 50_000
    began = time.thread_time()
    assert world.search(world.person("paula"), "write copy", closed_and_stuck=True)
    assert time.thread_time() - began < 0.5
