from dataclasses import replace
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from invites.audit.models import Event, Person
from invites.models import AssigneesState, Invitation, State, Step
from invites.policy.rules import NamedRef
from invites.sending import locks
from invites.sending import send as sending
from invites.sending.create import create
from portal.awork import http
from portal.awork.tokens import client_for
from portal.locks import named_lock
from portal.search import matching
from tests.invites.conftest import actor, types
from tests.invites.factories import policy

pytestmark = pytest.mark.django_db
INVITE = ("POST", "/tasks/assignuserbyemail")


def calls(standin):
    return [(one.method, one.path.split("/api/v1")[-1]) for one in standin.requests]


def test_a_confirmed_invitation_is_sent(standin, send, new_invitation):
    invitation = send(new_invitation())

    assert (invitation.state, invitation.step, invitation.status) == (State.SENT, Step.DONE, 200)
    assert invitation.guest_id == standin.world.person("carla@creative.example").id
    assert types() == ["invitation-requested", "invitation-sent", "team-restored"]


def test_it_takes_three_calls_if_nobody_is_missing(standin, send, new_invitation):
    standin.world.replaces = False
    invitation = send(new_invitation())

    task = f"/tasks/{invitation.task_id}"
    assert calls(standin) == [("GET", task), INVITE, ("GET", task)]
    assert invitation.assignees_state == AssigneesState.KEPT


def test_it_takes_five_calls_if_assignees_are_restored(standin, send, new_invitation):
    task = f"/tasks/{send(new_invitation()).task_id}"

    assert calls(standin) == [
        ("GET", task),
        INVITE,
        ("GET", task),
        ("POST", f"{task}/setassignees"),
        ("POST", f"{task}/setplannedefforts"),
    ]


def test_the_input_is_sent_to_awork(standin, send, new_invitation):
    unsaved = new_invitation(gender="female", email="carla@bücher.example")
    send(unsaved)

    body = next(one.body for one in standin.requests if one.path.endswith("assignuserbyemail"))
    assert body == {
        "taskId": str(unsaved.task.id),
        "roleId": str(unsaved.role_id),
        "email": "carla@xn--bcher-kva.example",
        "firstName": "Carla",
        "lastName": "Creative",
        "gender": "female",
    }


def test_an_international_domain_is_in_ascii_for_awork_and_readable_here(standin, send, new_invitation):
    invitation = send(new_invitation(email="carla@bücher.example"))

    assert (invitation.state, invitation.email) == (State.SENT, "carla@bücher.example")
    assert standin.world.person("carla@xn--bcher-kva.example").id == invitation.guest_id
    assert {one.email for one in Person.objects.filter(kind=Person.Kind.GUEST)} == {"carla@bücher.example"}


def test_empty_fields_are_left_out(standin, send, new_invitation):
    send(new_invitation(first_name="", last_name=""))

    body = next(one.body for one in standin.requests if one.path.endswith("assignuserbyemail"))
    assert sorted(body) == ["email", "roleId", "taskId"]


def test_after_a_refusal_the_address_can_be_invited_again(standin, send, new_invitation):
    standin.world.seats = 0
    assert send(new_invitation()).state == State.REFUSED
    standin.world.seats = 50

    assert send(new_invitation()).state == State.SENT


@pytest.mark.parametrize(
    ("fault", "state", "reason"),
    [
        ({"kind": "status", "status": 500}, State.UNCLEAR, "no-answer"),
        ({"kind": "status", "status": 502}, State.UNCLEAR, "no-answer"),
        ({"kind": "cut_before"}, State.UNCLEAR, "no-answer"),
        ({"kind": "cut_after"}, State.UNCLEAR, "no-answer"),
        ({"kind": "status", "status": 400}, State.REFUSED, ""),
        ({"kind": "empty"}, State.SENT, ""),
        ({"kind": "cut_midway"}, State.UNCLEAR, "no-answer"),
        ({"kind": "rate_limited", "reset": 60}, State.NOT_SENT, "rate-limited"),
        ({"kind": "rate_limited", "headers": False}, State.NOT_SENT, "rate-limited"),
    ],
)
def test_the_state_follows_from_the_answer(standin, send, new_invitation, fault, state, reason):
    standin.fault(*INVITE, **fault)
    invitation = send(new_invitation())

    assert invitation.state == state
    assert invitation.reason == reason or not reason
    assert standin.count(*INVITE) == 1


def test_a_lost_answer_is_unclear_and_assignees_are_restored_anyway(standin, send, new_invitation):
    standin.fault(*INVITE, kind="cut_after")
    invitation = send(new_invitation())

    assert invitation.state == State.UNCLEAR
    assert invitation.status is None
    assert invitation.assignees_state == AssigneesState.RESTORED
    assert {"ada@nordlicht.example", "paul@nordlicht.example"} < set(standin.world.assigned("WEB-12"))


def test_a_refusal_stores_aworks_message(standin, send, new_invitation):
    standin.world.seats = 0
    invitation = send(new_invitation())

    assert (invitation.state, invitation.reason, invitation.status) == (
        State.REFUSED,
        "insufficient-seats",
        400,
    )
    assert invitation.awork_message
    assert invitation.trace_id
    assert types() == ["invitation-requested", "invitation-refused"]
    event = Event.objects.get(type="invitation-refused")
    assert event.exchange["code"] == "insufficient-seats"
    assert event.exchange["trace_id"] == invitation.trace_id


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"kind": "status", "status": 500}, "task-unreadable"),
        ({"kind": "cut_before", "times": 3}, "task-unreadable"),
        ({"kind": "status", "status": 404}, "task-unreadable"),
        ({"kind": "rate_limited", "reset": 60}, "rate-limited"),
    ],
)
def test_nothing_is_sent_if_the_assignees_cannot_be_read(standin, send, new_invitation, fault, reason):
    unsaved = new_invitation()
    standin.fault("GET", "/tasks/", **fault)
    invitation = send(unsaved)

    assert (invitation.state, invitation.reason) == (State.NOT_SENT, reason)
    assert standin.count(*INVITE) == 0
    assert types() == ["invitation-requested", "invitation-not-sent"]


def test_nothing_is_sent_to_a_dead_address(send, new_invitation, paula, settings):
    unsaved = new_invitation()
    invitation, _ = create(unsaved, by=actor(paula))
    client = client_for(paula)
    settings.AWORK_API_URL = "http://127.0.0.1:9/standin/api/v1"  # nobody listens there
    sending.send(invitation, client, by=actor(paula))

    assert (invitation.state, invitation.reason) == (State.NOT_SENT, "unreachable")


def test_a_task_that_stays_locked_is_reported_as_busy(standin, send, new_invitation, monkeypatch):
    monkeypatch.setattr("invites.sending.locks.WAIT_SECONDS", 0.1)
    unsaved = new_invitation()
    with named_lock(f"task:{unsaved.task.id}", seconds=60, wait=0):
        invitation = send(unsaved)

    assert (invitation.state, invitation.reason) == (State.NOT_SENT, "task-busy")
    assert calls(standin) == []


def test_a_process_that_lost_its_lease_while_waiting_for_the_task_saves_nothing(
    standin, new_invitation, paula, monkeypatch
):
    monkeypatch.setattr("invites.sending.locks.WAIT_SECONDS", 0.1)
    unsaved = new_invitation()
    invitation, _ = create(unsaved, by=actor(paula))
    Invitation.objects.update(lease_holder=uuid4(), state=State.NOT_SENT, reason="interrupted")
    with named_lock(f"task:{unsaved.task.id}", seconds=60, wait=0):
        sending.send(invitation, client_for(paula), by=actor(paula))

    assert (invitation.state, invitation.reason) == (State.NOT_SENT, "interrupted")
    assert types() == ["invitation-requested"]


def test_events_copy_who_what_and_where(standin, send, new_invitation, paula):
    invitation = send(new_invitation())
    event = Event.objects.get(type="invitation-sent")

    assert event.actor_name == paula.name
    assert event.ip_address == "192.0.2.7"
    assert (event.task_key, event.task_name) == ("WEB-12", "Write copy")
    assert (event.project_name, event.role_name) == ("Website Relaunch", "Guest")
    assert event.invitation == invitation.id
    assert event.exchange["path"] == "/tasks/assignuserbyemail"
    assert event.exchange["status"] == 200
    assert event.exchange["milliseconds"] >= 0


def test_nothing_is_sent_to_a_task_that_became_private(standin, new_invitation, send):
    unsaved = new_invitation()
    task = standin.world.task("WEB-12")
    owner = standin.world.person("paula").id
    standin.world.tasks[task.id] = replace(task, project_id=None, owner_id=owner)
    invitation = send(unsaved)

    assert (invitation.state, invitation.reason) == (State.NOT_SENT, "task-private")
    assert standin.count(*INVITE) == 0


@pytest.fixture
def closed(standin, paula):
    """A project that the policy has closed."""
    project = next(one for one in standin.world.projects.values() if one.key == "APP")
    policy(paula, closed_projects=(NamedRef(project.id, project.name),))
    return project


def move(standin, key, project):
    task = standin.world.task(key)
    standin.world.tasks[task.id] = replace(task, project_id=project.id)


def test_nothing_is_sent_to_a_task_that_was_moved_to_a_closed_project(standin, closed, new_invitation, send):
    unsaved = new_invitation(policy_version=1)
    move(standin, "WEB-12", closed)
    invitation = send(unsaved)

    assert (invitation.state, invitation.reason) == (State.NOT_SENT, "project-closed")
    assert (invitation.project_id, invitation.project_name) == (closed.id, closed.name)
    event = Event.objects.get(type="invitation-not-sent")
    assert (event.project_id, event.project_name) == (closed.id, closed.name)
    assert event.details["reason"] == "project-closed"
    assert standin.count(*INVITE) == 0


def test_a_task_that_was_moved_and_renamed_is_sent_and_recorded_as_it_is_now(standin, new_invitation, send):
    unsaved = new_invitation()
    project = next(one for one in standin.world.projects.values() if one.key == "APP")
    move(standin, "WEB-12", project)
    standin.world.tasks[unsaved.task_id] = replace(standin.world.task("WEB-12"), name="Rewrite copy")
    invitation = send(unsaved)

    assert invitation.state == State.SENT
    for row in (
        invitation,
        Event.objects.get(type="invitation-sent"),
        Event.objects.get(type="team-restored"),
    ):
        assert (row.task_name, row.project_name) == ("Rewrite copy", project.name)
    assert matching(Invitation.objects.all(), "rewrite").exists()


LONG = "x\x00" * 5000


def test_texts_of_any_length_and_with_any_character_are_stored_truncated(
    standin, paula, send, new_invitation
):
    task = standin.world.task("WEB-12")
    standin.world.tasks[task.id] = replace(task, name=LONG)
    ada = standin.world.person("ada")
    standin.world.change(ada, first_name=LONG, last_name=LONG)
    said = {"code": LONG, "description": LONG, "traceId": LONG + "\ud800"}
    standin.fault("POST", "assignuserbyemail", "status", status=400, body=said)

    invitation = send(new_invitation(role=replace(standin.world.role("guest"), name="x" * 1000)))

    assert (invitation.state, len(invitation.task_name)) == (State.REFUSED, 1000)
    assert (invitation.trace_id, invitation.awork_message) == ("x" * 100, "x" * 1000)
    assert Event.objects.get(type="invitation-refused").exchange["code"] == "x" * 100


class Crash(BaseException):
    """Ends the process, as it were."""


@pytest.mark.parametrize(
    ("fault", "status", "reason"), [({"kind": "garbage"}, 200, "no-answer"), ({"kind": "empty"}, 200, "")]
)
def test_a_crash_after_the_answer_leaves_a_trace_of_its_confirmation(
    standin, paula, new_invitation, monkeypatch, fault, status, reason
):
    def crash(*_):
        raise Crash

    monkeypatch.setattr("invites.sending.assignees.check_assignees", crash)
    standin.fault(*INVITE, **fault)
    invitation, _ = create(new_invitation(), by=actor(paula))
    with pytest.raises(Crash):
        sending.send(invitation, client_for(paula), by=actor(paula))

    left = Invitation.objects.get()
    assert (left.state, left.step, left.status, left.reason) == (
        State.REQUESTED,
        Step.CHECKING,
        status,
        reason,
    )
    assert left.is_leased


def test_a_suspend_just_before_the_request_sends_nothing(standin, new_invitation, paula, monkeypatch):
    unsaved, acquire = new_invitation(), http.rate_limiter.acquire
    with time_machine.travel(timezone.now()) as clock:
        invitation, _ = create(unsaved, by=actor(paula))

        def sleep(budget, **options):
            delay = acquire(budget, **options)
            clock.shift(locks.LEASE_SECONDS + 1 if Invitation.objects.get().step == Step.INVITING else 0)
            return delay

        client = client_for(paula)
        monkeypatch.setattr(http.rate_limiter, "acquire", sleep)
        sending.send(invitation, client, by=actor(paula))

    assert (invitation.state, invitation.reason) == (State.NOT_SENT, "unreachable")
    assert standin.count(*INVITE) == 0


@pytest.mark.parametrize("call", [INVITE, ("GET", "/tasks/")])
def test_what_awork_s_firewall_blocked_was_not_sent_and_its_references_are_recorded(
    standin, new_invitation, paula, call
):
    unsaved, client = new_invitation(), client_for(paula)
    standin.fault(*call, "status", status=403, headers={"X-Edge-Ref": "edge-7", "Trace-Id": "trace-7"})
    invitation, _ = create(unsaved, by=actor(paula))
    sending.send(invitation, client, by=actor(paula))
    assert (invitation.state, invitation.reason, invitation.trace_id) == (
        State.NOT_SENT,
        "firewall",
        "trace-7",
    )
    exchange = Event.objects.get(type="invitation-not-sent").exchange
    assert (exchange["status"], exchange["edge_ref"], exchange["trace_id"]) == (403, "edge-7", "trace-7")


def test_a_403_of_the_api_itself_is_a_refusal(standin, send, new_invitation):
    standin.fault(*INVITE, "status", status=403)
    assert send(new_invitation()).state == State.REFUSED
