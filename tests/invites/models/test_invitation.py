"""Invitations, their states, and what may be done in each."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from invites.models import REFUSED_LATELY, Invitation, State
from portal import clock
from portal.awork.schemas import Exchange, Task
from tests.invites.factories import invitation, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def paula():
    return person()


@pytest.mark.parametrize("state", ["requested", "sent", "unclear"])
def test_an_address_holds_one_open_invitation_to_a_task(paula, state):
    held = invitation(paula, state=state, email="carla@creative.example")

    assert Invitation.active_for(paula.workspace_id, held.task_id, "Carla@Creative.example").get() == held
    with pytest.raises(IntegrityError), transaction.atomic():
        invitation(paula, task_id=held.task_id)
    invitation(paula, task_id=uuid4())
    invitation(paula, task_id=held.task_id, email="other@creative.example")


@pytest.mark.parametrize("state", ["refused", "not_sent"])
def test_what_was_not_sent_holds_nothing(paula, state):
    free = invitation(paula, state=state)

    assert not Invitation.active_for(paula.workspace_id, free.task_id, free.email).exists()
    invitation(paula, task_id=free.task_id)


def test_one_form_is_one_invitation(paula):
    first = invitation(paula)

    with pytest.raises(IntegrityError), transaction.atomic():
        invitation(paula, form_key=first.form_key)


@pytest.mark.parametrize(
    ("first", "last", "guest"),
    [("Carla", "Creative", "Carla Creative"), ("", "Creative", "Creative"), ("", "", "c@creative.example")],
)
def test_a_guest_goes_by_name_else_by_address(first, last, guest):
    assert Invitation(first_name=first, last_name=last, email="c@creative.example").guest_name == guest


@pytest.mark.parametrize(
    ("state", "look_up", "again"),
    [
        (State.REQUESTED, True, False),
        (State.SENT, False, False),
        (State.UNCLEAR, True, False),
        (State.REFUSED, False, True),
        (State.NOT_SENT, False, True),
    ],
)
def test_no_state_offers_to_send_what_may_have_been_sent(state, look_up, again):
    found = Invitation(email="c@creative.example", state=state)

    assert (found.can_check, found.can_retry) == (look_up, again)


def test_what_somebody_works_on_is_left_alone():
    held = Invitation(
        email="c@creative.example",
        state=State.REQUESTED,
        lease_expires_at=timezone.now() + timedelta(minutes=1),
    )

    assert not held.can_check
    assert not held.is_due


def test_what_a_dead_process_left_is_due_and_a_wait_is_kept():
    left = Invitation(
        email="c@creative.example",
        state=State.REQUESTED,
        lease_expires_at=timezone.now() - timedelta(seconds=1),
    )
    waiting = Invitation(
        email="c@creative.example", state=State.UNCLEAR, next_check_at=timezone.now() + timedelta(minutes=1)
    )
    over = Invitation(
        email="c@creative.example", state=State.UNCLEAR, next_check_at=timezone.now() - timedelta(seconds=1)
    )

    assert [one.is_due for one in (left, waiting, over)] == [True, False, True]


@pytest.mark.parametrize(
    ("team", "is_unresolved"), [("kept", False), ("unchecked", True), ("not_restored", True)]
)
def test_a_sent_one_stays_open_while_its_team_is_not_whole(team, is_unresolved):
    assert (
        Invitation(email="c@creative.example", state=State.SENT, assignees_state=team).is_unresolved
        is is_unresolved
    )


def test_what_is_unresolved_or_never_reached_its_guest_needs_attention(paula):
    task = uuid4()
    needing = [
        invitation(paula, state="unclear"),
        invitation(paula, state="requested"),
        invitation(paula, assignees_state="not_restored"),
        invitation(paula, state="not_sent"),
        invitation(paula, state="refused"),
    ]
    for fields in (
        {},
        {"state": "refused", "attempted_at": clock.now() - REFUSED_LATELY},
        {"state": "refused", "task_id": task},
        {"state": "unclear", "email": "", "email_key": "erased-1"},
        {"state": "not_sent", "task_id": task},
        {"state": "sent", "task_id": task},
    ):
        invitation(paula, **fields)
    found = Invitation.objects.filter(Invitation.needing_attention())
    assert set(found) == set(needing)


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [("\u00c4nne", "O'Neill", "anne o neill"), ("", "", "carla creative example")],
)
def test_names_are_sorted_without_case_and_accents(paula, first, last, name):
    assert invitation(paula, first_name=first, last_name=last).sort_name == name


def test_a_name_of_any_length_can_be_sorted(paula):
    assert len(invitation(paula, first_name="abcde " * 100).sort_name) == 200


def test_the_log_gets_everything_that_is_copied(paula):
    found = invitation(paula, gender="female")
    found.set_task(Task(uuid4(), "WEB-13", "Draw", project_id=uuid4(), project="Relaunch"))
    found.set_response(Exchange("POST", "/tasks/assignuserbyemail", 400, "not-found", "trace", 12))

    said = found.snapshot
    assert (said.task_key, said.task_name, said.project_name) == ("WEB-13", "Draw", "Relaunch")
    assert (said.email, said.first_name, said.gender) == (found.email, "Carla", "female")
    assert (found.status, found.trace_id, found.duration_ms) == (400, "trace", 12)


def test_a_quota_frees_up_when_enough_of_what_was_sent_is_old_enough(paula):
    hour, now = timedelta(hours=1), timezone.now()
    times = [now - timedelta(minutes=minutes) for minutes in (50, 20, 10)]
    for at in times:
        invitation(paula, task_id=uuid4(), attempted_at=at)
    invitation(paula, task_id=uuid4(), attempted_at=now, state="refused")

    frees = [Invitation.quota_frees_at(paula, hour, most) for most in (1, 2, 3)]
    assert frees == [times[2] + hour, times[1] + hour, times[0] + hour]
    assert Invitation.quota_frees_at(paula, hour, 4) is None
    assert Invitation.quota_frees_at(paula, hour, 0) is None
