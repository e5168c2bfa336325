"""People's tokens: stored encrypted, refreshed once."""

import math
import time
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from cryptography.fernet import Fernet
from django.db import transaction
from django.test import Client
from django.utils import timezone
from model_bakery import baker

from portal.awork import http, oauth, timeouts, tokens
from portal.awork.errors import (
    AworkError,
    ClientRejected,
    FirewallBlocked,
    SignInExpired,
    TooManyRequests,
    Unreachable,
)
from portal.awork.oauth import TokenResponse, redirect_uri
from portal.models import AworkToken, NamedLock, OAuthClient, User, Workspace
from portal.standin.environment import API_KEY
from tests.threads import at_once

CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"  # RFC 7636, appendix B
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"


@pytest.fixture
def registered(standin, settings):
    """The desk's OAuth client."""
    app = standin.grants.register("desk", [redirect_uri()])
    OAuthClient.objects.create(
        awork=settings.AWORK_API_URL, redirect_uri=redirect_uri(), client_id=app.client_id
    )
    return app


@pytest.fixture
def grant(standin, registered):
    """The tokens of a sign-in by Paula."""
    person = standin.world.person("paula").id
    code = standin.grants.grant_code(registered, redirect_uri(), CHALLENGE, person)
    made = standin.grants.exchange(registered, code, redirect_uri(), VERIFIER)
    return TokenResponse(made.access, made.refresh, 24 * 3600)


@pytest.fixture
def paula(grant, standin):
    """Paula with her tokens."""
    workspace = baker.make(Workspace, id=standin.workspace)
    user = baker.make(User, awork_id=standin.world.person("paula").id, workspace=workspace)
    tokens.store(user, grant)
    return user


def due(user, minutes=4):
    """Let the access token expire in this many minutes."""
    AworkToken.objects.filter(user=user).update(expires_at=timezone.now() + timedelta(minutes=minutes))


def ended(standin, user):
    """Let the access token expire, at awork as well."""
    due(user, minutes=-1)
    standin.grants.expire()


@pytest.mark.django_db
def test_tokens_are_encrypted_at_rest(paula, grant):
    row = AworkToken.objects.get(user=paula)
    for token in (grant.access, grant.refresh):
        assert token not in row.access + row.refresh + repr(row) + str(row)


@pytest.mark.django_db
def test_the_first_key_encrypts_and_all_decrypt(paula, settings):
    old = settings.TOKEN_KEYS
    settings.TOKEN_KEYS = [Fernet.generate_key().decode(), *old]
    assert tokens.client_for(paula).me()
    tokens.store(paula, TokenResponse("new", "new", 3600))
    settings.TOKEN_KEYS = old
    with pytest.raises(SignInExpired):
        tokens.client_for(paula)


@pytest.mark.django_db
def test_a_token_with_five_minutes_left_is_not_refreshed(standin, paula):
    due(paula, minutes=5.5)
    tokens.client_for(paula).me()
    assert standin.grants.refreshes == 0


@pytest.mark.django_db
def test_a_token_with_less_is_refreshed_and_stored(standin, paula):
    before = AworkToken.objects.get(user=paula)
    due(paula)
    tokens.client_for(paula).me()
    after = AworkToken.objects.get(user=paula)
    assert standin.grants.refreshes == 1
    assert after.expires_at > timezone.now() + timedelta(hours=23)
    assert {after.access, after.refresh}.isdisjoint({before.access, before.refresh})
    tokens.client_for(paula).me()
    assert standin.grants.refreshes == 1


@pytest.mark.django_db
def test_a_token_is_refreshed_when_it_is_due(standin, paula):
    with time_machine.travel(timezone.now() + timedelta(hours=23, minutes=56)):
        tokens.client_for(paula)
    assert standin.grants.refreshes == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("how", [due, ended])
def test_twenty_parallel_requests_refresh_once(standin, paula, how):
    how(paula) if how is due else how(standin, paula)
    standin.fault("POST", "/accounts/token", "delay_after", None, seconds=0.3)
    people = at_once(20, lambda _number: tokens.client_for(paula).me().user.id)
    assert people == [paula.awork_id] * 20
    assert standin.grants.refreshes == 1
    assert standin.count("POST", "/accounts/token") == 1
    assert not NamedLock.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_twenty_parallel_requests_with_a_revoked_token_refresh_once(standin, paula):
    standin.grants.expire()
    clients = [tokens.client_for(paula) for _ in range(20)]
    people = at_once(20, lambda number: clients[number].me().user.id)
    assert people == [paula.awork_id] * 20
    assert standin.grants.refreshes == 1


@pytest.mark.django_db(transaction=True)
def test_twenty_parallel_requests_try_a_rejected_refresh_once(standin, paula):
    standin.grants.revoke()
    due(paula, minutes=-1)

    def work(_number):
        with pytest.raises(SignInExpired):
            tokens.client_for(paula)

    at_once(20, work)
    assert standin.count("POST", "/accounts/token") == 1


@pytest.mark.django_db(transaction=True)
def test_two_people_do_not_wait_for_each_other(standin, paula):
    due(paula, minutes=-1)
    until = timezone.now() + timedelta(minutes=1)
    NamedLock.objects.create(name=f"renew:{paula.pk + 1}", holder=uuid4(), expires_at=until)
    tokens.client_for(paula)
    assert standin.grants.refreshes == 1


@pytest.mark.django_db
def test_nothing_is_sent_inside_a_transaction(standin, paula):
    due(paula)
    with pytest.raises(RuntimeError), transaction.atomic():
        tokens.client_for(paula)
    assert standin.grants.refreshes == 0


@pytest.mark.django_db
@pytest.mark.parametrize("fault", ["cut_before", "cut_after", "cut_midway", "garbage", "truncated", "status"])
def test_a_refresh_without_a_response_uses_up_the_refresh_token(standin, paula, fault):
    due(paula)
    standin.fault("POST", "/accounts/token", fault)
    for _ in range(2):
        with pytest.raises(SignInExpired):
            tokens.client_for(paula)
    assert standin.count("POST", "/accounts/token") == 1  # never sent again
    assert not AworkToken.objects.exists()


@pytest.mark.django_db
def test_a_rejected_refresh_ends_the_sign_in(standin, paula):
    standin.grants.revoke()
    due(paula, minutes=-1)
    with pytest.raises(SignInExpired) as problem:
        tokens.client_for(paula)
    assert problem.value.exchange.code == "invalid_grant"
    assert not AworkToken.objects.exists()


@pytest.mark.django_db
def test_a_wrong_client_secret_is_an_error_and_costs_nobody_their_tokens(
    standin, paula, set_secret, log_lines
):
    ended(standin, paula)
    set_secret("wrong")
    with pytest.raises(ClientRejected):
        tokens.client_for(paula)
    assert [line["level"] for line in log_lines() if "rejects" in line["event"]] == ["error"]
    set_secret("right")
    assert tokens.client_for(paula).me().user.id == paula.awork_id


@pytest.mark.django_db
def test_with_a_wrong_client_secret_a_valid_token_is_used(paula, set_secret):
    due(paula)
    set_secret("wrong")
    assert tokens.client_for(paula).me()


@pytest.mark.django_db
def test_a_registration_that_awork_forgot_is_made_again_and_its_tokens_need_a_new_sign_in(standin, paula):
    ended(standin, paula)
    forgotten = OAuthClient.objects.get().client_id
    del standin.grants.apps[forgotten]
    with pytest.raises(SignInExpired):
        tokens.client_for(paula)
    assert not AworkToken.objects.exists()
    assert oauth.client_id() in standin.grants.apps


@pytest.mark.django_db
@pytest.mark.parametrize("change", [{"awork_id": uuid4()}, {"workspace_id": uuid4()}])
def test_refreshed_tokens_of_another_person_or_workspace_end_the_sign_in(standin, paula, change):
    ended(standin, paula)
    if "workspace_id" in change:
        baker.make(Workspace, id=change["workspace_id"])
    User.objects.update(**change)
    with pytest.raises(SignInExpired):
        tokens.client_for(paula)
    assert standin.grants.refreshes == 1
    assert not AworkToken.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("fault", ["truncated", "garbage", "rate_limited", "wrong_shape"])
def test_refreshed_tokens_are_used_only_once_awork_has_said_whose_they_are(standin, paula, fault):
    ended(standin, paula)
    standin.fault("GET", "/me", fault, **({"headers": False} if fault == "rate_limited" else {}))
    with pytest.raises(AworkError):
        tokens.client_for(paula)
    http.rate_limiter.reset()
    assert AworkToken.objects.get().expires_at <= timezone.now()
    assert tokens.client_for(paula).me().user.id == paula.awork_id
    assert standin.grants.refreshes == 2


@pytest.mark.django_db
def test_refreshed_tokens_that_awork_rejects_end_the_sign_in(standin, paula):
    ended(standin, paula)
    standin.fault("GET", "/me", "status", status=401, body={"code": "unauthorized"})
    with pytest.raises(SignInExpired):
        tokens.client_for(paula)
    assert not AworkToken.objects.exists()


@pytest.mark.django_db
def test_if_a_refresh_was_not_sent_a_valid_token_is_used(paula, settings):
    due(paula)
    settings.AWORK_CLIENT_ID = "desk"
    settings.AWORK_API_URL = "http://127.0.0.1:9/api/v1"
    tokens.client_for(paula)
    assert AworkToken.objects.filter(user=paula).exists()


@pytest.mark.django_db
def test_if_a_refresh_was_not_sent_the_refresh_token_remains(standin, paula, settings):
    ended(standin, paula)
    settings.AWORK_CLIENT_ID = OAuthClient.objects.get().client_id
    settings.AWORK_API_URL = "http://127.0.0.1:9/api/v1"
    with pytest.raises(Unreachable):
        tokens.client_for(paula)
    settings.AWORK_API_URL = standin.url
    assert tokens.client_for(paula).me()


@pytest.mark.django_db
def test_if_a_refresh_was_rate_limited_the_refresh_token_remains(standin, paula):
    ended(standin, paula)
    standin.fault("POST", "/accounts/token", "rate_limited", reset=60)
    with pytest.raises(TooManyRequests):
        tokens.client_for(paula)
    assert tokens.client_for(paula).me()


@pytest.mark.django_db
def test_a_refresh_does_not_wait_beyond_its_lock(standin, paula, monkeypatch):
    slept = []
    monkeypatch.setattr(timeouts.time, "sleep", slept.append)
    ended(standin, paula)
    standin.fault("POST", "/accounts/token", "rate_limited", reset=90)
    with timeouts.wait_budget(math.inf), pytest.raises(TooManyRequests):
        tokens.client_for(paula)
    assert slept == []


@pytest.mark.django_db
def test_a_token_that_awork_revoked_is_refreshed_during_a_call(standin, paula):
    client = tokens.client_for(paula)
    standin.grants.expire()
    assert client.me().user.id == paula.awork_id
    assert client.task_by_key("WEB-12")
    assert standin.grants.refreshes == 1


@pytest.mark.django_db
def test_a_valid_token_is_used_while_another_request_refreshes(standin, paula):
    due(paula)
    until = timezone.now() + timedelta(minutes=1)
    NamedLock.objects.create(name=f"renew:{paula.pk}", holder=uuid4(), expires_at=until)
    assert tokens.client_for(paula).me()
    assert standin.grants.refreshes == 0


@pytest.mark.django_db
def test_waiting_too_long_for_a_refresh_is_unreachable(standin, paula, monkeypatch):
    monkeypatch.setattr(tokens, "LOCK_WAIT_SECONDS", 0.1)
    ended(standin, paula)
    until = timezone.now() + timedelta(minutes=1)
    NamedLock.objects.create(name=f"renew:{paula.pk}", holder=uuid4(), expires_at=until)
    with pytest.raises(Unreachable):
        tokens.client_for(paula)
    assert AworkToken.objects.filter(user=paula).exists()


@pytest.mark.django_db
def test_without_a_refresh_token_the_access_token_is_used_until_it_expires(standin, paula, grant):
    tokens.store(paula, TokenResponse(grant.access, "", 60))
    assert tokens.client_for(paula).me()
    due(paula, minutes=-1)
    with pytest.raises(SignInExpired):
        tokens.client_for(paula)
    assert standin.count("POST", "/accounts/token") == 0


@pytest.mark.django_db
def test_without_tokens_a_person_has_to_sign_in(paula):
    tokens.delete(paula)
    with pytest.raises(SignInExpired):
        tokens.client_for(paula)


@pytest.mark.django_db(transaction=True)
def test_a_failed_refresh_does_not_delete_the_tokens_of_a_new_sign_in(standin, paula, grant):
    ended(standin, paula)
    standin.fault("POST", "/accounts/token", "delay_before", seconds=1.5)
    (slow,) = standin.faults.pending

    def work(number):
        if number == 0:
            return tokens.client_for(paula)
        while slow.times:  # until the renewal has arrived at awork
            time.sleep(0.01)
        standin.grants.revoke()
        return tokens.store(paula, TokenResponse("a-new-one", "of-a-new-sign-in", 3600))

    with pytest.raises(SignInExpired):
        at_once(2, work)
    assert AworkToken.objects.filter(user=paula).exists()


@pytest.mark.django_db
def test_background_calls_use_the_api_key(standin, settings):
    assert tokens.background_client() is None
    settings.AWORK_API_KEY = API_KEY
    client = tokens.background_client()
    assert client is not None
    assert client.roles()


@pytest.mark.django_db
def test_tokens_are_in_no_representation(paula, grant):
    held = tokens._load(paula.pk)
    client = tokens.client_for(paula)
    for token in (grant.access, grant.refresh):
        assert token not in repr(held) + repr(client) + repr(grant) + repr(client._credentials)


@pytest.mark.django_db(transaction=True)
def test_twenty_parallel_pages_of_one_browser_refresh_once(sign_in, standin, client):
    sign_in(client)
    standin.limits.second = standin.limits.minute = 10_000
    ended(standin, User.objects.get())

    def page(_number):
        browser = Client()
        browser.cookies = client.cookies
        return browser.get("/invite/?task=WEB-12")

    answers = at_once(20, page)
    assert {answer.status_code for answer in answers} == {200}
    assert all("Write copy" in answer.content.decode() for answer in answers)
    assert standin.grants.refreshes == 1


@pytest.mark.django_db
def test_a_refresh_that_the_firewall_blocked_costs_no_tokens(standin, paula):
    ended(standin, paula)
    standin.fault("POST", "/accounts/token", "status", status=403, headers={"X-Edge-Ref": "edge-7"})
    with pytest.raises(FirewallBlocked):
        tokens.client_for(paula)
    assert tokens.client_for(paula).me()
