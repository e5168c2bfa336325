"""Sign-ins under way."""

import pytest

from portal.accounts import oauth_state
from portal.sessions import SessionStore

pytestmark = pytest.mark.django_db


@pytest.fixture
def session():
    return SessionStore()


def test_an_attempt_is_taken_once(session):
    begun = oauth_state.create(session, "/invite/")
    assert oauth_state.pop(session, begun.state) == begun
    assert oauth_state.pop(session, begun.state) is None


def test_it_is_gone_from_the_stored_session_before_awork_is_asked(session):
    begun = oauth_state.create(session, "")
    session.save()
    oauth_state.pop(session, begun.state)
    assert oauth_state.pop(SessionStore(session.session_key), begun.state) is None


def test_attempts_do_not_disturb_each_other(session):
    first, second = oauth_state.create(session, "/a/"), oauth_state.create(session, "/b/")
    assert oauth_state.pop(session, second.state).next == "/b/"
    assert oauth_state.pop(session, first.state).next == "/a/"


@pytest.mark.parametrize("state", ["", "x", "ä", "\x00", "x" * 10_000])
def test_other_states_are_unknown(session, state):
    oauth_state.create(session, "")
    assert oauth_state.pop(session, state) is None


def test_state_and_verifier_cannot_be_guessed_and_are_not_shown(session):
    made = [oauth_state.create(session, "") for _ in range(3)]
    assert len({each.state for each in made} | {each.verifier for each in made}) == 6
    for each in made:
        assert len(each.state) >= 43  # 256 bits
        assert 43 <= len(each.verifier) <= 128  # what RFC 7636 asks for
        assert each.state not in repr(each)
        assert each.verifier not in repr(each)
