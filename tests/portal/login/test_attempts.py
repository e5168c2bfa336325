"""Sign-ins under way."""

import pytest

from portal.login import attempts
from portal.sessions import SessionStore

pytestmark = pytest.mark.django_db


@pytest.fixture
def session():
    return SessionStore()


def test_an_attempt_is_taken_once(session):
    begun = attempts.begin(session, "/invite/")
    assert attempts.take(session, begun.state) == begun
    assert attempts.take(session, begun.state) is None


def test_it_is_gone_from_the_stored_session_before_awork_is_asked(session):
    begun = attempts.begin(session, "")
    session.save()
    attempts.take(session, begun.state)
    assert attempts.take(SessionStore(session.session_key), begun.state) is None


def test_attempts_do_not_disturb_each_other(session):
    first, second = attempts.begin(session, "/a/"), attempts.begin(session, "/b/")
    assert attempts.take(session, second.state).next == "/b/"
    assert attempts.take(session, first.state).next == "/a/"


@pytest.mark.parametrize("state", ["", "x", "ä", "\x00", "x" * 10_000])
def test_other_states_are_unknown(session, state):
    attempts.begin(session, "")
    assert attempts.take(session, state) is None


def test_state_and_verifier_cannot_be_guessed_and_are_not_shown(session):
    made = [attempts.begin(session, "") for _ in range(3)]
    assert len({each.state for each in made} | {each.verifier for each in made}) == 6
    for each in made:
        assert len(each.state) >= 43  # 256 bits
        assert 43 <= len(each.verifier) <= 128  # what RFC 7636 asks for
        assert each.state not in repr(each)
        assert each.verifier not in repr(each)
