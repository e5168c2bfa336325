"""Withdrawing what awork hasn't been asked for, and confirming what waits for somebody."""

import pytest

from invites.audit.models import Event
from invites.audit.presenters import present
from invites.endings.change import confirm, withdraw
from invites.endings.create import create
from invites.models import Ending, EndingCause, EndingKind
from tests.invites import factories
from tests.invites.conftest import actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def paula():
    return factories.person()


@pytest.fixture
def ending(paula):
    guest = factories.guest(paula)
    (ending,) = create(guest, EndingKind.WORKSPACE, user=paula, by=actor(paula), cause=EndingCause.PERSON)
    return ending


def last():
    return present([Event.objects.order_by("sequence").last()])[0].sentence


@pytest.mark.parametrize("state", ["requested", "waiting"])
def test_what_awork_was_not_asked_for_can_be_withdrawn_once(ending, paula, state):
    Ending.objects.update(state=state)
    assert [withdraw(ending, by=actor(paula)) for _ in range(2)] == [True, False]
    found = Ending.objects.get()
    assert (found.state, found.reason, found.next_check_at) == ("not_done", "withdrawn", None)
    assert "was not deactivated in awork: It was withdrawn" in last()


@pytest.mark.parametrize("state", ["sending", "unclear", "done", "refused"])
def test_what_awork_was_asked_for_can_not(ending, paula, state):
    Ending.objects.update(state=state)
    assert not withdraw(ending, by=actor(paula))
    assert not confirm(ending, paula, by=actor(paula))
    assert Ending.objects.get().state == state


def test_another_person_confirms_what_waits(ending, paula):
    ada = factories.person("Ada Ahrens")
    assert not confirm(ending, ada, by=actor(ada))  # it waits for nobody
    Ending.objects.update(state="waiting", reason="sign-in-expired")
    assert [confirm(ending, ada, by=actor(ada)) for _ in range(2)] == [True, False]
    found = Ending.objects.get()
    assert (found.state, found.reason, found.user) == ("requested", "", ada)
    assert found.created_at > ending.created_at  # what was invited before that is known to who confirms
    assert last() == "Ada Ahrens asked to deactivate Carla Creative in awork."
