"""The demo's past, made by the services: it must look like a real one, to the desk and to awork."""

import logging
from collections import Counter
from datetime import timedelta
from itertools import pairwise

import pytest
from django.core.management import call_command
from django.utils import timezone

from invites.audit import checkpoints, verify
from invites.audit.models import Checkpoint, Event
from invites.models import (
    AssigneesState,
    Ending,
    EndingKind,
    EndingState,
    Guest,
    Invitation,
    PolicyVersion,
    Review,
    State,
    TaskComment,
)
from portal.models import User
from portal.roles import DeskRole
from portal.standin.environment import API_KEY
from portal.standin.seed import MAIN

pytestmark = pytest.mark.django_db
NOW = timedelta(minutes=1)


@pytest.fixture
def fill(standin, settings):
    settings.AWORK_API_KEY = API_KEY
    return lambda **options: call_command("fill_demo", **options)


def test_it_is_a_lived_in_workspace(fill, standin):
    fill()
    assert_chain_verifies()
    assert_all_states_are_there()
    assert_awork_has_who_was_invited(standin)
    assert_everything_has_its_time()
    assert_the_present_is_back(standin)
    assert_a_review_is_open()
    assert_guests_have_end_dates_comments_and_ended_access()
    assert roles() == {"Lea": DeskRole.LEAD, "Anton": DeskRole.AUDITOR, "Ada": DeskRole.ADMINISTRATOR}
    assert list(PolicyVersion.objects.order_by("number").values_list("number", flat=True)) == [1, 2, 3]


def test_without_the_past_there_are_people_with_their_desk_roles(fill):
    fill(empty=True)
    assert roles() == {"Lea": DeskRole.LEAD, "Anton": DeskRole.AUDITOR, "Ada": DeskRole.ADMINISTRATOR}
    assert not Invitation.objects.exists()
    assert not PolicyVersion.objects.exists()
    assert abs(Event.objects.earliest("sequence").at - timezone.now()) < NOW


def assert_a_review_is_open():
    review = Review.objects.get()
    assert review.is_open
    assert review.due_on > timezone.localdate()
    answers = Counter(review.items.values_list("decision", flat=True))
    assert answers["confirmed"] == 3
    assert answers["open"] > 40


def assert_guests_have_end_dates_comments_and_ended_access():
    days = Guest.objects.exclude(ends_on=None).values_list("ends_on", flat=True)
    assert len(days) == 3
    assert timezone.localdate() < min(days) < timezone.localdate() + timedelta(days=14)  # needs attention
    assert list(Ending.objects.order_by("kind").values_list("kind", "state")) == [
        (EndingKind.TASK, EndingState.DONE),
        (EndingKind.WORKSPACE, EndingState.DONE),
    ]
    assert list(TaskComment.objects.values_list("state", flat=True)) == [State.SENT] * 2


def roles():
    return dict(User.objects.exclude(role=DeskRole.MANAGER).values_list("first_name", "role"))


def assert_chain_verifies():
    result = verify.verify(MAIN, [])
    assert result.problem is None
    assert result.events == Event.objects.count() > 200
    assert result.checkpoints == Checkpoint.objects.count()
    days = {checkpoints.parse(line).at[:10] for line in Checkpoint.objects.values_list("line", flat=True)}
    assert len(days) >= 4


def assert_all_states_are_there():
    states = Counter(Invitation.objects.values_list("state", flat=True))
    assert set(states) == {State.SENT, State.REFUSED, State.UNCLEAR, State.NOT_SENT}
    assert states[State.SENT] > 50
    assert 55 <= states.total() <= 70
    assignees = set(Invitation.objects.values_list("assignees_state", flat=True))
    assert {AssigneesState.RESTORED, AssigneesState.NOT_RESTORED, AssigneesState.RELEASED} <= assignees
    assert Invitation.objects.filter(attempts=2, state=State.SENT).count() >= 3  # retried
    types = Counter(Event.objects.values_list("type", flat=True))
    assert types["invitation-settled"] >= 4  # reconciled
    assert types["attempt-refused"] >= 4
    assert {"erased", "exported", "verified", "sign-in-refused"} <= set(types)
    reassigned = Event.objects.get(type="team-not-restored", sequence__lt=200)
    later = Event.objects.filter(invitation=reassigned.invitation, type="team-restored")
    assert later.get().sequence > reassigned.sequence


def assert_awork_has_who_was_invited(standin):
    invited = {one.email for one in standin.world.people.values() if not one.handle}
    reached = Invitation.objects.filter(state__in=(State.SENT, State.UNCLEAR)).exclude(email="")
    assert invited - {"igor@pixelwerk.example"} == set(reached.values_list("email", flat=True))
    last = {one.task_key: one for one in Invitation.objects.filter(state=State.SENT).order_by("created_at")}
    assert [key for key, one in last.items() if one.email not in standin.world.assigned(key)] == []
    assert standin.world.assigned("WEB-12") == ["ada@nordlicht.example", "paul@nordlicht.example"]
    joined = [one.invitation_accepted for one in standin.world.people.values() if not one.handle]
    assert {True, False} == set(joined)


def assert_everything_has_its_time():
    events = list(Event.objects.order_by("sequence").values_list("at", flat=True))
    assert all(before <= after for before, after in pairwise(events))
    now = timezone.now()
    assert now - timedelta(days=91) < events[0] < now - timedelta(days=85)
    for model, name in (
        (Invitation, "created_at"),
        (Invitation, "attempted_at"),
        (PolicyVersion, "saved_at"),
    ):
        times = list(model.objects.values_list(name, flat=True))
        assert len({moment.date() for moment in times}) > len(times) // 3, name
        assert max(times) < now - timedelta(minutes=5), name
    requested = Event.objects.filter(type="invitation-requested")
    for one in Invitation.objects.all():
        asked = requested.filter(invitation=one.id).earliest("sequence")
        assert abs(asked.at - one.created_at) < NOW


def assert_the_present_is_back(standin):
    assert (standin.limits.second, standin.limits.minute, standin.world.seats) == (50, 1000, 50)
    assert abs(standin.world.now() - timezone.now()) < NOW
    assert standin.faults.pending == [] or all(fault.times == 0 for fault in standin.faults.pending)
    assert logging.root.manager.disable == logging.NOTSET
