from dataclasses import replace
from uuid import UUID

import pytest
from django.db import IntegrityError

from invites.audit.models import Event
from invites.models import AssigneesState, Invitation, State, Step
from invites.policy.recheck import AlreadyInvited, QuotaReached, StaleForm
from invites.sending.retry import prepare_retry
from invites.sending.send import send as sending
from portal.awork.tokens import client_for
from tests.invites.conftest import actor, types
from tests.invites.factories import policy

pytestmark = pytest.mark.django_db
INVITE = ("POST", "/tasks/assignuserbyemail")


@pytest.fixture
def refused(standin, send, new_invitation):
    standin.world.seats = 0
    invitation = send(new_invitation())
    assert invitation.state == State.REFUSED
    standin.world.seats = 50
    standin.requests.clear()
    return invitation


def test_the_same_record_is_sent_in_another_attempt(standin, refused, paula):
    assert prepare_retry(refused, refused.task, by=actor(paula))
    sending(refused, client_for(paula), by=actor(paula))

    assert (refused.state, refused.attempts, refused.assignees_state) == (
        State.SENT,
        2,
        AssigneesState.RESTORED,
    )
    assert Invitation.objects.count() == 1
    assert standin.count(*INVITE) == 1
    assert types() == [
        "invitation-requested",
        "invitation-refused",
        "invitation-requested",
        "invitation-sent",
        "team-restored",
    ]
    assert [one.details.get("attempt") for one in Event.objects.filter(type="invitation-requested")] == [
        None,
        2,
    ]


def test_the_policy_version_that_allowed_it_is_recorded(refused, paula):
    assert refused.policy_version == 0
    policy(paula)
    prepare_retry(refused, refused.task, by=actor(paula), policy=1)

    assert refused.policy_version == 1
    told = Event.objects.filter(type="invitation-requested").order_by("sequence")
    assert [event.details["policy"] for event in told] == [0, 1]


def test_another_attempt_is_recorded_with_the_task_as_it_is_now(refused, paula):
    project = UUID(int=3)
    moved = replace(refused.task, name="Rewrite copy", project_id=project, project="App")
    prepare_retry(refused, moved, by=actor(paula))

    assert refused.task == moved
    event = Event.objects.filter(type="invitation-requested").latest("sequence")
    assert (event.task_name, event.project_id, event.project_name) == ("Rewrite copy", project, "App")


def test_only_another_invitation_of_the_address_counts_as_one(refused, paula):
    with pytest.raises(IntegrityError):
        prepare_retry(refused, replace(refused.task, id=None), by=actor(paula))
    assert types() == ["invitation-requested", "invitation-refused"]


def test_a_quota_prevents_it_and_nothing_is_changed(refused, paula, send, new_invitation):
    policy(paula, per_hour=1)
    send(new_invitation("WEB-14", policy_version=1))

    with pytest.raises(QuotaReached):
        prepare_retry(refused, refused.task, by=actor(paula), policy=1)
    refused.refresh_from_db()
    assert (refused.state, refused.attempts) == (State.REFUSED, 1)


def test_a_newer_policy_prevents_it(refused, paula):
    policy(paula)
    with pytest.raises(StaleForm):
        prepare_retry(refused, refused.task, by=actor(paula))


def test_nothing_of_the_first_attempt_is_left(refused, paula):
    prepare_retry(refused, refused.task, by=actor(paula))

    assert (refused.state, refused.step) == (State.REQUESTED, Step.READING)
    assert (refused.reason, refused.awork_message, refused.status, refused.trace_id) == ("", "", None, "")
    assert refused.is_leased


@pytest.mark.parametrize("seats", [50, 0])
def test_assignees_lost_by_an_earlier_attempt_are_still_restored(standin, send, new_invitation, paula, seats):
    standin.fault(*INVITE, kind="cut_after")
    standin.fault("POST", "/setassignees", kind="cut_before")
    invitation = send(new_invitation())
    assert invitation.assignees_state == AssigneesState.NOT_RESTORED
    Invitation.objects.update(state=State.NOT_SENT)  # as if the guest had been removed from awork since
    guest = standin.world.people.pop(standin.world.person("carla@creative.example").id)
    task = standin.world.task("WEB-12")
    standin.world.tasks[task.id] = replace(task, assignees=())
    standin.world.seats = seats
    assert guest

    assert prepare_retry(invitation, invitation.task, by=actor(paula))
    sending(invitation, client_for(paula), by=actor(paula))

    assert invitation.state == (State.SENT if seats else State.REFUSED)
    if seats:
        assert {"ada@nordlicht.example", "paul@nordlicht.example"} < set(standin.world.assigned("WEB-12"))
    else:
        assert invitation.assignees_state == AssigneesState.NOT_RESTORED
        assert [one["first_name"] for one in invitation.assignees_missing] == ["Ada", "Paul"]
        assert invitation.next_check_at is not None


def test_of_two_simultaneous_retries_one_sends(refused, paula):
    other = Invitation.objects.get(pk=refused.pk)

    assert prepare_retry(refused, refused.task, by=actor(paula))
    assert not prepare_retry(other, other.task, by=actor(paula))


@pytest.mark.parametrize("state", [State.SENT, State.UNCLEAR, State.REQUESTED])
def test_an_invitation_that_may_have_been_sent_is_never_retried(refused, paula, state):
    Invitation.objects.update(state=state)

    assert not prepare_retry(refused, refused.task, by=actor(paula))


def test_another_invitation_of_the_address_prevents_it(refused, send, new_invitation, paula):
    other = send(new_invitation())
    assert other.state == State.SENT

    with pytest.raises(AlreadyInvited) as caught:
        prepare_retry(refused, refused.task, by=actor(paula))
    assert caught.value.invitation == other
    refused.refresh_from_db()
    assert (refused.state, refused.attempts) == (State.REFUSED, 1)
