"""A sign-in, a token refresh, an invitation and a failure leave no secret in logs, pages or other rows."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.utils import timezone

from invites.audit.models import Event
from invites.models import Invitation
from portal.logging import config
from portal.models import AworkToken, PendingSignIn
from tests.portal.test_logging import secrets_of, written  # noqa: F401
from tests.standin_server import authorize

pytestmark = pytest.mark.django_db
LOGGERS = (
    "httpx",
    "httpcore",
    "oauthlib",
    "django",
    "django.request",
    "django.db.backends",
    "django.template",
)


@pytest.fixture
def talkative(settings):
    """With DEBUG, Django stores and logs every statement and shows full error pages."""
    settings.DEBUG = True
    connection.force_debug_cursor = True
    yield
    connection.force_debug_cursor = False


@pytest.fixture
def story(standin, ada, form, talkative, monkeypatch):
    """Paula uses everything; returns the secrets created on the way, and all pages shown."""
    return lambda: live(standin, form, monkeypatch)


def live(standin, form, monkeypatch):
    client = Client(raise_request_exception=False)
    address = client.post("/login/", {"next": "/invite/"})["Location"]
    state = parse_qs(urlsplit(address).query)["state"][0]
    kept = PendingSignIn.objects.latest("started_at").verifier
    back = authorize(standin, address, "paula").partition("localhost:8000")[2]
    code = parse_qs(urlsplit(back).query)["code"][0]
    shown = [client.get(back)]
    AworkToken.objects.update(expires_at=timezone.now() + timedelta(minutes=1))
    shown += [client.get("/invite/?q=copy"), client.post("/invite/", form()), client.get("/account/")]
    shown += [client.get(Invitation.objects.get().get_absolute_url())]
    token = AworkToken.objects.get(user__first_name="Paula")
    monkeypatch.setattr("portal.awork.http._response", None)
    shown += [client.get("/invite/?task=WEB-13")]
    assert [one.status_code for one in shown] == [302, 200, 302, 200, 200, 500]
    named = {
        "state": state,
        "verifier": kept,
        "code": code,
        "session": client.session.session_key,
        "csrf": client.cookies["csrftoken"].value,
        "stored access": token.access,
        "stored refresh": token.refresh,
    }
    return named, shown


def everything_secret(named, standin, settings):
    sent = {f"sent {number}": one for number, one in enumerate(secrets_of(standin, settings))}
    audit = {"audit key": settings.AUDIT_KEY.decode("latin-1")}
    return {name: one for name, one in (named | sent | audit).items() if one}


def test_no_secret_is_in_the_log(written, story, standin, settings):  # noqa: F811
    named, _ = story()
    text = written()
    assert "/accounts/token" in text
    assert "assignuserbyemail" in text
    assert standin.grants.refreshes == 1
    assert "Internal Server Error" in text
    for name, secret in everything_secret(named, standin, settings).items():
        assert secret not in text, name


def test_no_secret_is_shown(story, standin, settings):
    named, shown = story()
    for answer in shown:
        for name, secret in everything_secret(named, standin, settings).items():
            if name not in {"session", "csrf"}:  # the cookies of the answer itself
                assert secret not in answer.content.decode() + str(answer.headers), name
    assert named["session"] not in "".join(answer.content.decode() for answer in shown)


def test_no_secret_is_stored_outside_the_token_table(story, standin, settings):
    """No other row contains data sent to awork or the session key."""
    named, _ = story()
    secret = secrets_of(standin, settings) | {named["code"], named["state"], named["verifier"]}
    for model in apps.get_models():
        rows = str(list(model.objects.values()))
        assert not [one for one in secret if one and one in rows], model
    assert Event.objects.exists()
    assert named["session"] not in str(list(Event.objects.values()))


@pytest.mark.parametrize("name", ["httpx", "httpcore", "oauthlib", "django.db.backends"])
def test_loggers_of_requests_and_sql_stay_quiet_with_debug_on(name):
    assert config(debug=True)["loggers"][name]["level"] != "DEBUG"
