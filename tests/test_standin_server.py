"""The stand-in fixture that most tests use."""

import httpx

from tests.standin_server import PORTAL, RunningStandin


def test_every_test_starts_with_a_new_world(standin: RunningStandin):
    assert standin.requests == []
    assert standin.world.replaces
    standin.world.replaces = False
    standin.world.seats = 0


def test_after_a_test_that_changed_the_world(standin: RunningStandin):
    assert standin.world.replaces
    assert standin.world.seats > 0


def test_requests_that_break_the_contract_are_noticed(standin: RunningStandin):
    httpx.get(f"{standin.url}/search?words=copy", headers={"User-Agent": PORTAL})
    assert standin.breaches() == ["GET /search: words: no such parameter in the query"]
    standin.reset()


def test_the_portal_sends_the_user_agent_that_is_checked(db, client, sign_in, standin: RunningStandin):
    sign_in(client, "paula")
    assert {one.user_agent for one in standin.requests if one.path == "/me"} == {PORTAL}


def test_requests_of_tests_may_break_the_contract(standin: RunningStandin):
    httpx.get(f"{standin.url}/search?words=copy")
    assert standin.breaches() == []


def test_a_token_is_available_without_a_browser(standin: RunningStandin):
    headers = {"Authorization": f"Bearer {standin.token('mona')}"}
    assert httpx.get(f"{standin.url}/me", headers=headers).json()["firstName"] == "Mona"
    assert standin.requests[-1].caller == "mona"
