"""Session fixation, login CSRF and open redirects."""

from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
from django.test import Client

from portal.models import Session, User
from tests.standin_server import authorize

pytestmark = pytest.mark.django_db
HERE = "https://invite.studio.example"

OUTSIDE = [
    "%2F%2Fevil.example/",
    "/%5Cevil.example/",
    "https%3A%2F%2Fevil.example/",
    "%68ttps://evil.example/",
    "javascript%3Aalert(1)",
    "%6aavascript:alert(1)",
    "vbscript:msgbox(1)",
    "data:text/html;base64,PHNjcmlwdD4=",
    "/\\/evil.example/",
    "\\/evil.example/",
    "/\r/evil.example/",
    "/\n//evil.example/",
    "//evil.example\\@invite.studio.example/",
    "//invite.studio.example@evil.example/",
    "///evil.example/%2F..",
    "/..//evil.example/",
    "/./\\evil.example/",
    "\u2215\u2215evil.example/",
    "\uff0f\uff0fevil.example/",
    "https:/evil.example/",
    "https:\\\\evil.example/",
    "//evil\u3002example/",
    "/%0a/evil.example/",
    "/%09//evil.example/",
]


def as_a_browser_reads(location):
    """The URL that a browser opens: it reads \\ as / and drops tabs and line breaks."""
    plain = location.strip().replace("\\", "/")
    for gone in "\t\r\n":
        plain = plain.replace(gone, "")
    parts = urlsplit(urljoin(f"{HERE}/login/callback/", plain))
    return f"{parts.scheme}://{parts.netloc}"


def leave(client, **fields):
    return client.post("/login/", fields)["Location"]


def come_back(client, address, **changes):
    parts = urlsplit(address)
    return client.get(
        parts.path, {name: values[0] for name, values in parse_qs(parts.query).items()} | changes
    )


class TestSessions:
    def test_a_planted_session_key_is_never_accepted(self, standin):
        victim, chosen = Client(), "x" * 32
        victim.cookies["sessionid"] = chosen
        come_back(victim, authorize(standin, leave(victim), "paula"))
        assert victim.get("/account/").status_code == 200
        assert not Session.objects.filter(session_key=chosen).exists()

    def test_signing_in_leaves_another_users_session_alone(self, standin, enter):
        attacker = enter("mona")
        planted = attacker.session.session_key
        victim = Client()
        victim.cookies["sessionid"] = planted
        come_back(victim, authorize(standin, leave(victim), "paula"))
        assert victim.session.session_key != planted
        again = Client()
        again.cookies["sessionid"] = planted
        assert "Paula" not in again.get("/account/").content.decode()
        assert not User.objects.get(first_name="Paula").sessions.filter(session_key=planted).exists()

    def test_signing_in_again_starts_a_new_session(self, standin, enter):
        client = enter("paula")
        before = client.session.session_key
        come_back(client, authorize(standin, leave(client), "paula"))
        assert client.session.session_key != before
        assert not Session.objects.filter(session_key=before).exists()

    def test_no_url_contains_a_session_key(self, enter):
        key = enter("paula").session.session_key
        answer = Client().get("/account/", {"sessionid": key}, headers={"X-Session": key})
        assert answer.status_code == 302

    def test_cookies_are_hidden_from_scripts_and_other_sites(self, enter):
        client = enter("paula")
        client.get("/account/")
        for name in ("sessionid", "csrftoken", "sign_in"):
            assert client.cookies[name]["httponly"]
            assert client.cookies[name]["samesite"] == "Lax"


class TestSomebodyElsesSignIn:
    def test_a_planted_callback_signs_nobody_in(self, standin, enter):
        victim = enter("paula")
        planted = authorize(standin, leave(Client()), "mona")
        standin.requests.clear()
        assert come_back(victim, planted)["Location"].startswith("/login/refused/state/")
        assert "Paula Petersen" in victim.get("/account/").content.decode()
        assert standin.count("POST", "/accounts/token") == 0

    def test_a_stolen_code_does_not_match_another_state(self, standin):
        victim = Client()
        state = parse_qs(urlsplit(leave(victim)).query)["state"][0]
        planted = authorize(standin, leave(Client()), "mona")
        answer = come_back(victim, planted, state=state)
        assert answer["Location"].startswith("/login/refused/nonsense/")
        assert "_auth_user_id" not in victim.session

    def test_another_site_cannot_start_or_end_a_session(self, standin, enter):
        strict = Client(enforce_csrf_checks=True)
        strict.cookies = enter("paula").cookies
        for path in ("/login/", "/logout/", "/account/sessions/end/"):
            assert strict.post(path, headers={"Origin": "https://evil.example"}).status_code == 403
        assert "_auth_user_id" in strict.session


class TestWaysOut:
    @pytest.mark.parametrize("back", OUTSIDE)
    def test_sign_in_never_redirects_to_another_site(self, client, sign_in, back):
        assert as_a_browser_reads(sign_in(client, next=back)["Location"]) == HERE

    @pytest.mark.parametrize("back", OUTSIDE)
    def test_an_encoded_next_url_never_redirects_to_another_site(self, standin, back):
        client = Client()
        shown = (
            client.get(f"/login/?next={back}")
            if back.isascii() and back.isprintable()
            else client.get("/login/", {"next": back})
        )
        left = leave(client, next=shown.context["next"])
        assert as_a_browser_reads(come_back(client, authorize(standin, left, "paula"))["Location"]) == HERE

    @pytest.mark.parametrize(
        "path", ["//evil.example/invite", "///evil.example/", "/\\evil.example/x", "//evil.example"]
    )
    def test_a_path_like_a_host_never_redirects_to_another_site(self, client, path):
        answer = client.generic("GET", "/", PATH_INFO=path)
        assert answer.status_code in {301, 404}
        assert as_a_browser_reads(answer.get("Location", "/")) == HERE

    @pytest.mark.parametrize(
        "address", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "\\\\evil"]
    )
    def test_an_expired_fragment_never_redirects_to_another_site(self, client, address):
        headers = {"HX-Request": "true", "HX-Current-URL": address}
        answer = client.get("/invite/", headers=headers)
        assert as_a_browser_reads(answer["HX-Redirect"]) == HERE
        assert "evil" not in answer["HX-Redirect"]
