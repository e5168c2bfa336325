"""Sign-ins under way."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from portal.accounts import oauth_state
from portal.accounts.oauth_state import AlreadyUsed
from portal.models import PendingSignIn
from tests.threads import at_once

pytestmark = pytest.mark.django_db


def test_an_attempt_is_taken_once():
    begun = oauth_state.create("browser", "/invite/")
    assert oauth_state.take("browser", begun.state) == begun
    with pytest.raises(AlreadyUsed) as problem:
        oauth_state.take("browser", begun.state)
    assert problem.value.next == "/invite/"


@pytest.mark.django_db(transaction=True)
def test_one_of_many_simultaneous_requests_gets_it():
    begun = oauth_state.create("browser", "")

    def take(_number):
        try:
            return oauth_state.take("browser", begun.state)
        except AlreadyUsed:
            return None

    assert sorted(at_once(12, take), key=bool) == [None] * 11 + [begun]


def test_an_attempt_belongs_to_its_browser():
    begun = oauth_state.create("browser", "")
    assert oauth_state.take("other browser", begun.state) is None
    assert oauth_state.take("browser", begun.state) == begun
    assert oauth_state.take("other browser", begun.state) is None


def test_attempts_do_not_disturb_each_other():
    first, second = oauth_state.create("browser", "/a/"), oauth_state.create("browser", "/b/")
    assert oauth_state.take("browser", second.state).next == "/b/"
    assert oauth_state.take("browser", first.state).next == "/a/"


def test_the_oldest_of_six_is_dropped_and_other_browsers_keep_theirs():
    theirs = oauth_state.create("other browser", "")
    begun = [oauth_state.create("browser", "") for _ in range(6)]
    taken = [oauth_state.take("browser", one.state) for one in begun]
    assert taken == [None, *begun[1:]]
    assert oauth_state.take("other browser", theirs.state) == theirs


@pytest.mark.parametrize("state", ["", "x", "ä", "\x00", "x" * 10_000])
def test_other_states_are_unknown(state):
    oauth_state.create("browser", "")
    assert oauth_state.take("browser", state) is None


def test_expired_attempts_are_unknown_and_deleted_by_the_next():
    begun = oauth_state.create("browser", "")
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        assert oauth_state.take("browser", begun.state) is None
        oauth_state.create("other browser", "")
    assert PendingSignIn.objects.count() == 1


def test_state_and_verifier_cannot_be_guessed_and_are_not_shown():
    made = [oauth_state.create("browser", "") for _ in range(3)]
    assert len({each.state for each in made} | {each.verifier for each in made}) == 6
    for each in made:
        assert len(each.state) >= 43  # 256 bits
        assert 43 <= len(each.verifier) <= 128  # what RFC 7636 asks for
        assert each.state not in repr(each)
        assert each.verifier not in repr(each)


def test_the_database_shows_neither_state_nor_browser():
    begun = oauth_state.create("the-browser", "")
    row = str(PendingSignIn.objects.values().get()) + str(PendingSignIn.objects.get())
    assert begun.state not in row
    assert "the-browser" not in row


def test_a_used_verifier_is_deleted():
    begun = oauth_state.create("browser", "")
    oauth_state.take("browser", begun.state)
    assert begun.verifier not in str(PendingSignIn.objects.values().get())
