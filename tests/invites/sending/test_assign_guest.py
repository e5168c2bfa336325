import pytest

from invites.audit.models import Event, Person
from invites.models import State
from invites.policy.rules import NamedRef
from invites.sending.assign_guest import assign_guest
from invites.sending.erase import erase
from portal.awork.errors import Forbidden, NotFound
from portal.awork.tokens import client_for
from portal.locks import LockBusy, named_lock
from tests.invites.conftest import actor, types
from tests.invites.factories import policy

pytestmark = pytest.mark.django_db
SET = ("POST", "/setassignees")
GUSTAV = "gustav@nordlicht.example"


@pytest.fixture
def assign(standin, paula):
    """Assigns Gustav, a guest of the project CAF, as Paula."""

    def go(key="CAF-8"):
        client = client_for(paula)
        guest = client.user(standin.world.person("gustav").id)
        return assign_guest(guest, standin.world.task(key).id, client, by=actor(paula))

    return go


def test_the_guest_is_assigned_beside_everyone_else(assign, standin):
    before = standin.world.assigned("CAF-8")
    result = assign()

    assert result.state == State.SENT
    assert before
    assert standin.world.assigned("CAF-8") == [*before, GUSTAV]
    assert types() == ["guest-assignment-requested", "guest-assigned"]
    event = Event.objects.get(type="guest-assigned")
    assert (event.task_key, event.outcome, event.exchange["status"]) == ("CAF-8", "sent", 204)
    assert Person.objects.get(event=event.id, kind="guest").email == GUSTAV
    assert standin.count("POST", "/assignuserbyemail") == 0


def test_the_request_is_recorded_before_awork_is_asked(assign, monkeypatch):
    seen = []

    def look(*_):
        seen.extend(types())
        raise KeyboardInterrupt

    monkeypatch.setattr("portal.awork.client.Client.set_assignees", look)
    with pytest.raises(KeyboardInterrupt):
        assign()
    assert seen == ["guest-assignment-requested"]


@pytest.mark.parametrize(
    ("fault", "state", "last"),
    [
        ({"kind": "cut_after"}, State.UNCLEAR, "guest-assignment-unclear"),
        ({"kind": "status", "status": 500}, State.UNCLEAR, "guest-assignment-unclear"),
        ({"kind": "status", "status": 400}, State.REFUSED, "guest-not-assigned"),
        ({"kind": "rate_limited", "reset": 60}, State.NOT_SENT, "guest-not-assigned"),
    ],
)
def test_what_awork_did_not_confirm_is_recorded_as_that(assign, standin, fault, state, last):
    standin.fault(*SET, **fault)
    assert assign().state == state
    assert types() == ["guest-assignment-requested", last]


def test_an_unclear_assignment_can_be_repeated(assign, standin):
    standin.fault(*SET, kind="cut_after")
    assign()

    assert assign().state == State.SENT
    assert standin.world.assigned("CAF-8").count(GUSTAV) == 1
    assert standin.count(*SET) == 1


def test_a_refusal_names_awork_s_code(assign, standin):
    result = assign("WEB-13")  # of another project

    assert (result.state, result.reason) == (State.REFUSED, "invalid-operation")
    assert Event.objects.get(type="guest-not-assigned").details == {"reason": "invalid-operation"}


@pytest.mark.parametrize(
    ("key", "problem"), [("KEY-1", Forbidden), ("Private: salary talks", Forbidden), ("SUD-1", NotFound)]
)
def test_nobody_is_assigned_to_a_task_that_the_actor_cant_read(assign, standin, key, problem):
    with pytest.raises(problem):
        assign(key)
    assert types() == []
    assert standin.count(*SET) == 0


def test_nobody_is_assigned_where_the_policy_has_closed_the_project(assign, standin, paula):
    policy(paula, closed_projects=(NamedRef(standin.world.task("CAF-8").project_id, "Café"),))

    assert assign().reason == "project-closed"
    assert standin.count(*SET) == 0


def test_it_waits_for_the_task_lock(assign, standin, monkeypatch):
    monkeypatch.setattr("invites.sending.locks.WAIT_SECONDS", 0.1)
    task = standin.world.task("CAF-8").id
    with named_lock(f"task:{task}", seconds=60, wait=0), pytest.raises(LockBusy):
        assign()


def test_a_guest_erased_meanwhile_is_not_named_again(assign, standin, paula, monkeypatch):
    from portal.awork.client import Client

    set_assignees = Client.set_assignees

    def erase_then_set(*arguments):
        erase(GUSTAV, workspaces=[paula.workspace_id], by=actor(paula), reason="asked")
        return set_assignees(*arguments)

    monkeypatch.setattr(Client, "set_assignees", erase_then_set)
    assign()
    event = Event.objects.get(type="guest-assigned")
    assert not Person.objects.filter(event=event.id).exists()
