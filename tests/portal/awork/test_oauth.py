"""awork's OAuth endpoints and the registration of the client."""

import base64
import hashlib
import logging
import time
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from django.utils import timezone

from portal.awork import oauth
from portal.awork.errors import (
    AworkError,
    AworkRefused,
    ClientRejected,
    Forbidden,
    TooManyRequests,
    Unclear,
    Unreachable,
)
from portal.models import NamedLock, OAuthClient
from tests.standin_server import authorize
from tests.threads import at_once

BACK = "http://localhost:8000/login/callback/"
VERIFIER = "v" * 43
TOKEN = {"access_token": "a-token", "token_type": "Bearer", "expires_in": 3600, "refresh_token": "r-token"}


@pytest.fixture
def code(standin):
    """Registers a client and signs a person in; returns its id and the authorization code."""

    def code(who="paula", **known):
        app = standin.grants.register("desk", [BACK], **known)
        address = oauth.authorization_url(app.client_id, redirect_uri=BACK, state="s", verifier=VERIFIER)
        back = parse_qs(urlsplit(authorize(standin, address, who)).query)
        return app.client_id, back["code"][0]

    return code


def test_the_authorization_url_uses_pkce(settings):
    settings.AWORK_API_URL = "https://api.awork.example/api/v1"
    address = oauth.authorization_url("desk", redirect_uri=BACK, state="s-1", verifier=VERIFIER)
    parts = urlsplit(address)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
    assert (
        f"{parts.scheme}://{parts.netloc}{parts.path}"
        == "https://api.awork.example/api/v1/accounts/authorize"
    )
    assert {name: value[0] for name, value in parse_qs(parts.query).items()} == {
        "client_id": "desk",
        "response_type": "code",
        "redirect_uri": BACK,
        "scope": "full_access offline_access",
        "state": "s-1",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }


def test_a_public_client_sends_its_id_and_the_verifier(standin, code):
    client_id, given = code()
    grant = oauth.exchange_code(client_id, code=given, redirect_uri=BACK, verifier=VERIFIER)
    assert standin.grants.holder(grant.access) == standin.world.person("paula").id
    assert grant.expires_in > 0
    assert standin.requests[-1].body == {
        "grant_type": "authorization_code",
        "client_id": client_id,
        "code": given,
        "redirect_uri": BACK,
        "code_verifier": VERIFIER,
    }


def test_a_confidential_client_uses_basic_authentication(standin, code, settings):
    settings.AWORK_CLIENT_SECRET = "s3cret"
    client_id, given = code(client_id="desk", secret="s3cret")
    grant = oauth.exchange_code(client_id, code=given, redirect_uri=BACK, verifier=VERIFIER)
    oauth.refresh(client_id, grant.refresh)
    for request in standin.requests[-2:]:
        assert "client_id" not in request.body
        assert "s3cret" not in str(request.body)


def test_a_refresh_token_works_once(code):
    client_id, given = code()
    first = oauth.exchange_code(client_id, code=given, redirect_uri=BACK, verifier=VERIFIER)
    second = oauth.refresh(client_id, first.refresh)
    assert {second.access, second.refresh}.isdisjoint({first.access, first.refresh})
    with pytest.raises(AworkRefused) as problem:
        oauth.refresh(client_id, first.refresh)
    assert problem.value.exchange.code == "invalid_grant"


def test_a_code_needs_its_verifier_and_works_once(code):
    client_id, given = code()
    for verifier in ("w" * 43, VERIFIER):
        with pytest.raises(AworkRefused):
            oauth.exchange_code(client_id, code=given, redirect_uri=BACK, verifier=verifier)


@pytest.mark.django_db
def test_an_unknown_client_is_forbidden(standin, code):
    _client_id, given = code()
    with pytest.raises(Forbidden) as problem:
        oauth.exchange_code("stranger", code=given, redirect_uri=BACK, verifier=VERIFIER)
    assert problem.value.exchange.code == "invalid_client"


@pytest.mark.parametrize("error", ["invalid_client", "unauthorized_client"])
def test_the_settings_are_at_fault_if_awork_rejects_their_client(standin, code, settings, error):
    client_id, given = code()
    settings.AWORK_CLIENT_ID = client_id
    standin.fault("POST", "/accounts/token", "status", status=400, body={"error": error})
    with pytest.raises(ClientRejected):
        oauth.exchange_code(client_id, code=given, redirect_uri=BACK, verifier=VERIFIER)


@pytest.mark.django_db
def test_checking_a_registration_makes_it_again_only_if_awork_forgot_it(standin):
    first = oauth.client_id()
    assert oauth.checked_client_id() == first
    standin.fault("POST", "/accounts/token", "cut_before")
    assert oauth.checked_client_id() == first
    standin.grants.apps.clear()
    assert oauth.checked_client_id() in standin.grants.apps


def test_registration_as_a_public_client(standin):
    client_id = oauth.register(BACK)
    assert standin.grants.apps[client_id].redirect_uris == (BACK,)
    sent = standin.requests[-1].body
    assert sent["token_endpoint_auth_method"] == "none"
    assert sent["scope"] == "full_access offline_access"


@pytest.mark.parametrize(
    "body",
    [
        "<html>tokens</html>",
        [],
        None,
        {},
        {"error": "invalid_grant"},
        TOKEN | {"access_token": ""},
        TOKEN | {"access_token": 7},
        TOKEN | {"access_token": "line\nbreak"},
        TOKEN | {"access_token": "ümläut"},
        TOKEN | {"access_token": "a" * 10_001},
        TOKEN | {"refresh_token": ["r"]},
        TOKEN | {"token_type": "mac"},
        TOKEN | {"token_type": None},
        TOKEN | {"expires_in": "soon"},
        TOKEN | {"expires_in": None},
        TOKEN | {"expires_in": 0},
        TOKEN | {"expires_in": -1},
        TOKEN | {"expires_in": True},
        TOKEN | {"expires_in": 3600.5},
        TOKEN | {"expires_in": float("nan")},
        TOKEN | {"expires_in": float("-inf")},
    ],
)
def test_an_invalid_token_response_is_unclear_and_not_quoted(standin, body):
    standin.fault("POST", "/accounts/token", "status", status=200, body=body)
    with pytest.raises(Unclear) as problem:
        oauth.refresh("desk", "r-token")
    assert "token" not in str(problem.value).replace("/accounts/token", "")


@pytest.mark.parametrize("seconds", [10**18, 10**400])
def test_the_lifetime_of_a_token_is_limited_to_a_month(standin, seconds):
    standin.fault("POST", "/accounts/token", "status", status=200, body=TOKEN | {"expires_in": seconds})
    assert oauth.refresh("desk", "r-token").expires_in == 30 * 24 * 3600


def test_a_response_without_a_refresh_token(standin):
    body = {name: value for name, value in TOKEN.items() if name != "refresh_token"}
    standin.fault("POST", "/accounts/token", "status", status=200, body=body)
    assert oauth.refresh("desk", "r-token").refresh == ""


@pytest.mark.parametrize(
    ("kind", "options", "expected"),
    [
        ("cut_before", {}, Unclear),
        ("cut_after", {}, Unclear),
        ("cut_midway", {}, Unclear),
        ("garbage", {}, Unclear),
        ("truncated", {}, Unclear),
        ("status", {"status": 500}, Unclear),
        ("status", {"status": 302}, Unclear),
        ("status", {"status": 400}, AworkRefused),
        ("rate_limited", {"reset": 60}, TooManyRequests),
    ],
)
@pytest.mark.parametrize("part", ["/accounts/token", "/clientapplications/register"])
def test_faults_raise_our_errors(standin, code, kind, options, expected, part):
    client_id, given = code()
    grant = oauth.exchange_code(client_id, code=given, redirect_uri=BACK, verifier=VERIFIER)
    standin.fault("POST", part, kind, **options)
    with pytest.raises(expected):
        oauth.register(BACK) if "register" in part else oauth.refresh(client_id, grant.refresh)


def test_a_refused_connection_is_unreachable(settings):
    settings.AWORK_API_URL = "http://127.0.0.1:9/api/v1"
    with pytest.raises(Unreachable):
        oauth.refresh("desk", "r-token")


def test_secrets_stay_out_of_logs_errors_and_representations(standin, code, caplog, capsys, settings):
    settings.AWORK_CLIENT_SECRET = "s3cret"
    caplog.set_level(logging.DEBUG)
    client_id, given = code(client_id="desk", secret="s3cret")
    grant = oauth.exchange_code(client_id, code=given, redirect_uri=BACK, verifier=VERIFIER)
    with pytest.raises(AworkError) as problem:
        oauth.refresh(client_id, "wrong-token")
    printed = capsys.readouterr()
    everything = (
        caplog.text + printed.out + printed.err + f"{grant!r} {problem.value!r} {problem.value.exchange}"
    )
    for secret in (given, VERIFIER, grant.access, grant.refresh, "s3cret", "wrong-token"):
        assert secret not in everything


@pytest.mark.django_db
def test_the_client_id_of_the_settings(standin, settings):
    settings.AWORK_CLIENT_ID = "desk"
    assert oauth.client_id() == "desk"
    assert not standin.requests


@pytest.mark.django_db
def test_the_desk_registers_itself_once(standin, settings):
    settings.PORTAL_URL = "https://invite.studio.example"
    first = oauth.client_id()
    assert oauth.client_id() == first
    assert standin.grants.apps[first].redirect_uris == ("https://invite.studio.example/login/callback/",)
    assert standin.count("POST", "/clientapplications/register") == 1


@pytest.mark.django_db
def test_each_redirect_uri_has_its_own_client(standin, settings):
    first = oauth.client_id()
    settings.PORTAL_URL = "https://invite.studio.example"
    assert oauth.client_id() != first


@pytest.mark.django_db
def test_each_awork_url_has_its_own_client(standin, settings):
    OAuthClient.objects.create(
        awork="https://api.awork.com/api/v1", redirect_uri=oauth.redirect_uri(), client_id="other"
    )
    assert oauth.client_id() != "other"


@pytest.mark.django_db(transaction=True)
def test_ten_first_sign_ins_register_one_client(standin):
    standin.fault("POST", "/register", "delay_before", None, seconds=0.2)
    assert len(set(at_once(10, lambda _number: oauth.client_id()))) == 1
    assert standin.count("POST", "/clientapplications/register") == 1


@pytest.mark.django_db
def test_a_failed_registration_is_retried_next_time(standin):
    standin.fault("POST", "/register", "garbage")
    with pytest.raises(Unclear):
        oauth.client_id()
    assert not OAuthClient.objects.exists()
    assert oauth.client_id()


@pytest.mark.django_db
def test_waiting_too_long_for_another_registration_is_unreachable(standin, monkeypatch):
    monkeypatch.setattr(oauth, "LOCK_WAIT_SECONDS", 0.1)
    until = timezone.now() + timedelta(minutes=1)
    NamedLock.objects.create(name="register-client", holder=uuid4(), expires_at=until)
    began = time.monotonic()
    with pytest.raises(Unreachable):
        oauth.client_id()
    assert time.monotonic() - began < 5
