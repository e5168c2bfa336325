"""Codes and tokens: what is valid, what is used up, and what ends a sign-in."""

import pytest
import time_machine

from portal.standin.oauth_grants import OAuthError, OAuthGrants, challenge_of
from portal.standin.seed import user_id
from tests.threads import at_once

BACK = "http://localhost:8000/login/callback/"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636, appendix B
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@pytest.fixture
def grants() -> OAuthGrants:
    return OAuthGrants()


@pytest.fixture
def app(grants):
    return grants.register("The portal", [BACK])


def code(grants, app):
    return grants.grant_code(app, BACK, CHALLENGE, user_id("paula"))


def signed_in(grants, app):
    return grants.exchange(app, code(grants, app), BACK, VERIFIER)


def test_revoking_a_client_ends_its_sign_ins_of_that_person_only(grants, app):
    other = grants.register("Another", [BACK])
    mine, elsewhere = signed_in(grants, app), signed_in(grants, other)
    assert grants.revoke_client(app.client_id, user_id("mona")) == 0
    assert grants.revoke_client(app.client_id, user_id("paula")) == 1
    assert grants.holder(mine.access) is None
    assert grants.holder(elsewhere.access) == user_id("paula")


def test_the_challenge_is_that_of_the_rfc():
    assert challenge_of(VERIFIER) == CHALLENGE


def test_a_code_works_once(grants, app):
    given = code(grants, app)
    assert grants.holder(grants.exchange(app, given, BACK, VERIFIER).access) == user_id("paula")
    with pytest.raises(OAuthError, match="invalid_grant"):
        grants.exchange(app, given, BACK, VERIFIER)


@pytest.mark.parametrize(("back", "verifier"), [(BACK, VERIFIER + "x"), (BACK, ""), (f"{BACK}x", VERIFIER)])
def test_a_failed_exchange_uses_up_the_code(grants, app, back, verifier):
    given = code(grants, app)
    for attempt in ((back, verifier), (BACK, VERIFIER)):
        with pytest.raises(OAuthError, match="invalid_grant"):
            grants.exchange(app, given, *attempt)


def test_a_code_works_only_for_its_client(grants, app):
    other = grants.register("Another", [BACK])
    with pytest.raises(OAuthError, match="invalid_grant"):
        grants.exchange(other, code(grants, app), BACK, VERIFIER)


def test_a_code_expires_after_five_minutes(grants, app):
    with time_machine.travel("2026-11-02T08:00:00Z", tick=False) as clock:
        given = code(grants, app)
        clock.shift(301)
        with pytest.raises(OAuthError, match="invalid_grant"):
            grants.exchange(app, given, BACK, VERIFIER)


def test_a_refresh_returns_new_tokens_and_the_old_access_token_stays_valid(grants, app):
    first = signed_in(grants, app)
    second = grants.refresh(app, first.refresh)
    assert len({first.access, first.refresh, second.access, second.refresh}) == 4
    assert grants.holder(first.access) == grants.holder(second.access) == user_id("paula")
    assert grants.refreshes == 1


def test_reusing_a_refresh_token_ends_the_whole_sign_in(grants, app):
    first = signed_in(grants, app)
    second = grants.refresh(app, first.refresh)
    with pytest.raises(OAuthError, match="invalid_grant"):
        grants.refresh(app, first.refresh)
    assert grants.holder(second.access) is None
    with pytest.raises(OAuthError, match="invalid_grant"):
        grants.refresh(app, second.refresh)


def test_one_sign_in_does_not_end_another(grants, app):
    other, ended = signed_in(grants, app), signed_in(grants, app)
    grants.refresh(app, ended.refresh)
    with pytest.raises(OAuthError):
        grants.refresh(app, ended.refresh)
    assert grants.holder(other.access) == user_id("paula")


def test_of_concurrent_refreshes_one_succeeds_and_the_others_end_the_sign_in(grants, app):
    token = signed_in(grants, app).refresh

    def attempt(number: int) -> bool:
        try:
            grants.refresh(app, token)
        except OAuthError:
            return False
        return True

    assert sum(at_once(10, attempt)) == 1
    assert grants.grants == []


def test_tokens_expire(grants, app):
    with time_machine.travel("2026-11-02T08:00:00Z", tick=False) as clock:
        grant = signed_in(grants, app)
        clock.shift(24 * 3600 + 1)
        assert grants.holder(grant.access) is None
        renewed = grants.refresh(app, grant.refresh)
        clock.shift(30 * 24 * 3600 + 1)
        with pytest.raises(OAuthError, match="invalid_grant"):
            grants.refresh(app, renewed.refresh)


def test_all_access_tokens_can_be_expired(grants, app):
    grant = signed_in(grants, app)
    grants.expire()
    assert grants.holder(grant.access) is None
    assert grants.holder(grants.refresh(app, grant.refresh).access) == user_id("paula")


def test_a_confidential_client_needs_its_secret(grants):
    grants.register("Confidential", [BACK], client_id="desk", secret="s3cret%+ü")
    assert grants.client("desk", "s3cret%+ü", basic=True).name == "Confidential"
    for secret, basic in (("", False), ("wrong", True), ("s3cret%+ü", False)):
        with pytest.raises(OAuthError, match="invalid_client"):
            grants.client("desk", secret, basic=basic)


def test_a_public_client_sends_no_secret(grants, app):
    assert grants.client(app.client_id, "", basic=False) == app
    for client_id, secret, basic in (
        (app.client_id, "x", False),
        (app.client_id, "", True),
        ("x", "", False),
    ):
        with pytest.raises(OAuthError, match="invalid_client"):
            grants.client(client_id, secret, basic=basic)


def test_an_empty_token_is_invalid(grants, app):
    signed_in(grants, app)
    assert grants.holder("") is None
