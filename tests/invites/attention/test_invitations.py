"""Invitations that need attention, and dismissing them."""

from datetime import timedelta

import pytest

from invites.attention.invitations import dismiss, to_retry, unsettled, with_missing_assignees
from invites.audit.models import Event
from invites.audit.presenters import present
from invites.models import REFUSED_LATELY, Invitation
from portal import actor, clock
from tests.invites.factories import invitation, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def paula():
    return person()


def refused(paula, **fields):
    return invitation(paula, **{"state": "refused", "reason": "no-seats"} | fields)


def test_a_refused_one_is_there_until_the_guest_is_invited_after_all(paula):
    one = refused(paula)
    assert list(to_retry(paula)) == [one]
    invitation(paula, task_id=one.task_id)
    assert list(to_retry(paula)) == []


def test_old_refusals_are_not(paula):
    refused(paula, attempted_at=clock.now() - REFUSED_LATELY)
    one = refused(paula, attempted_at=clock.now() - REFUSED_LATELY + timedelta(minutes=1))
    assert list(to_retry(paula)) == [one]


@pytest.mark.parametrize(
    ("rows", "fields"),
    [
        (to_retry, {"state": "refused"}),
        (to_retry, {"state": "not_sent"}),
        (unsettled, {"state": "unclear"}),
        (with_missing_assignees, {"assignees_state": "unchecked"}),
    ],
)
def test_a_dismissed_one_is_gone_until_its_outcome_changes(paula, rows, fields):
    one = refused(paula, **fields)
    by = actor.for_user(paula)
    assert dismiss(one, by=by)
    assert list(rows(paula)) == []
    assert not dismiss(one, by=by)
    event = Event.objects.get()
    assert (
        present([event])[0].sentence
        == "Paula Planer dismissed the invitation of Carla Creative to WEB-12 Write copy."
    )
    Invitation.objects.update(attempts=2)  # it was tried again, and the same came of it
    assert list(rows(paula)) == [one]


def test_one_that_is_being_sent_or_needs_nothing_cannot_be_dismissed(paula):
    for fields in ({"state": "requested"}, {"state": "sent"}, {"state": "unclear", "email": ""}):
        assert not dismiss(invitation(paula, **fields), by=actor.for_user(paula))
    assert not Event.objects.exists()
    assert set(Invitation.objects.values_list("dismissed", flat=True)) == {""}
