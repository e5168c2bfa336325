"""The OAuth endpoints over HTTP, as clients and browsers use them."""

import base64
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import httpx
import pytest

from portal.standin.seed import user_id
from tests.portal.standin.test_oauth_grants import CHALLENGE, VERIFIER
from tests.standin_server import RunningStandin, authorize

BACK = "http://localhost:8000/login/callback/"


@pytest.fixture
def http(standin):
    with httpx.Client(base_url=standin.url) as client:
        yield client


@pytest.fixture
def client_id(http) -> str:
    answer = http.post(
        "/clientapplications/register", json={"redirect_uris": [BACK], "client_name": "Portal <b>"}
    )
    return answer.json()["client_id"]


def address(client: str, **changed: str | None) -> str:
    query = {
        "client_id": client,
        "response_type": "code",
        "redirect_uri": BACK,
        "scope": "full_access offline_access",
        "state": "a&b=c",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **changed,
    }
    query = {name: value for name, value in query.items() if value is not None}
    return f"/standin/api/v1/accounts/authorize?{urlencode(query)}"


def code(standin: RunningStandin, client_id: str, handle: str = "paula") -> str:
    back = authorize(standin, address(client_id), handle)
    return parse_qs(urlsplit(back).query)["code"][0]


def exchange(http: httpx.Client, **form: str) -> httpx.Response:
    return http.post("/accounts/token", data={"redirect_uri": BACK, "code_verifier": VERIFIER, **form})


def test_a_public_client_signs_a_user_in(standin, http, client_id):
    given = code(standin, client_id)
    answer = exchange(http, grant_type="authorization_code", code=given, client_id=client_id)
    tokens = answer.json()
    assert (answer.status_code, tokens["token_type"], tokens["expires_in"]) == (200, "Bearer", 86400)
    assert answer.headers["Cache-Control"] == "no-store"
    me = http.get("/me", headers={"Authorization": f"Bearer {tokens['access_token']}"})
    assert me.json()["id"] == str(user_id("paula"))


def test_a_confidential_client_sends_its_secret(standin, http):
    standin.grants.register("Desk", [BACK], client_id="de:sk", secret="s%3A+ü")
    given = code(standin, "de:sk")
    # RFC 6749, 2.3.1: both are form-encoded before they are joined.
    coded = base64.b64encode(f"{quote('de:sk')}:{quote('s%3A+ü')}".encode()).decode()
    form = {
        "grant_type": "authorization_code",
        "code": given,
        "redirect_uri": BACK,
        "code_verifier": VERIFIER,
    }
    assert http.post("/accounts/token", data=form).status_code == 401
    answer = http.post("/accounts/token", data=form, headers={"Authorization": f"Basic {coded}"})
    assert answer.status_code == 200


@pytest.mark.parametrize("header", ["Basic !!!", "Basic", "Basic /w==", "Basic eDp5"])
def test_a_broken_or_wrong_secret_is_refused(http, header):
    answer = http.post("/accounts/token", data={}, headers={"Authorization": header})
    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})
    assert answer.headers["WWW-Authenticate"] == "Basic"


def test_a_refresh_token_works_once(standin, http, client_id):
    first = exchange(
        http, grant_type="authorization_code", code=code(standin, client_id), client_id=client_id
    ).json()
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"], "client_id": client_id}
    second = http.post("/accounts/token", data=form).json()
    assert second["refresh_token"] != first["refresh_token"]
    again = http.post("/accounts/token", data=form)
    assert (again.status_code, again.json()) == (400, {"error": "invalid_grant"})
    ended = http.get("/me", headers={"Authorization": f"Bearer {second['access_token']}"})
    assert ended.status_code == 401


def test_other_grant_types_are_refused(http, client_id):
    answer = http.post("/accounts/token", data={"grant_type": "password", "client_id": client_id})
    assert answer.json() == {"error": "unsupported_grant_type"}
    assert http.get("/accounts/token").status_code == 405


def test_denying_access_redirects_with_the_reason(standin, client_id):
    back = urlsplit(authorize(standin, address(client_id), None))
    assert parse_qs(back.query) == {"error": ["access_denied"], "state": ["a&b=c"]}


def test_the_state_is_returned_unchanged(standin, client_id):
    back = authorize(standin, address(client_id), "ada")
    assert back.startswith(f"{BACK}?code=")
    assert parse_qs(urlsplit(back).query)["state"] == ["a&b=c"]


@pytest.mark.parametrize("changed", [{"client_id": "unknown"}, {"redirect_uri": "http://evil.example/"}])
def test_an_unregistered_redirect_uri_is_refused(standin, client_id, changed):
    answer = httpx.get(standin.root + address(client_id, **changed))
    assert answer.status_code == 400
    assert "Location" not in answer.headers


@pytest.mark.parametrize(
    "changed",
    [
        {"response_type": "token"},
        {"code_challenge_method": "plain"},
        {"code_challenge": None},
        {"code_challenge_method": None},
    ],
)
def test_an_incomplete_request_redirects_with_an_error(standin, client_id, changed):
    answer = httpx.get(standin.root + address(client_id, **changed))
    assert answer.status_code == 302
    assert "error=invalid_request" in answer.headers["Location"]


def test_the_page_lists_all_users_escaped(standin, client_id):
    page = httpx.get(standin.root + address(client_id))
    assert "Jonas Jürgens &lt;b&gt;" in page.text
    assert "Portal &lt;b&gt;" in page.text
    assert page.text.count('name="person"') == len(standin.world.people)
    assert "stand-in" in page.text


def test_the_page_has_a_strict_content_security_policy(standin, client_id):
    policy = httpx.get(standin.root + address(client_id)).headers["Content-Security-Policy"]
    assert policy == (
        "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        "form-action 'self' http://localhost:8000"
    )


def test_an_invited_user_accepts_by_signing_in(standin, client_id):
    world = standin.world
    role = world.role("guest").id
    world.assign_by_email(world.person("paula"), world.task("WEB-12").id, "carla@studio.example", role, {})
    assert "has not signed in yet" in httpx.get(standin.root + address(client_id)).text
    code(standin, client_id, "carla@studio.example")
    assert world.person("carla@studio.example").invitation_accepted


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b'{"redirect_uris": "http://localhost/"}',
        b'{"redirect_uris": ["javascript:alert(1)"]}',
        b'{"redirect_uris": [7]}',
        b'{"redirect_uris": ["http://localhost/"], "token_endpoint_auth_method": "client_secret_basic"}',
    ],
)
def test_a_registration_needs_redirect_uris(http, body):
    answer = http.post("/clientapplications/register", content=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "validation-failed")


def test_a_registration_returns_its_parameters(http):
    asked = {
        "redirect_uris": [BACK],
        "client_name": "Portal",
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "scope": "full_access offline_access",
        "application_type": "native",
    }
    answer = http.post("/clientapplications/register", json=asked)
    assert answer.status_code == 201
    assert answer.json().items() >= asked.items()
