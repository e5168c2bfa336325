"""What stands in the log: lines of JSON, and never a token or a secret."""

import json
import logging
import subprocess
import sys
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from invites.audit.models import Event
from portal.logging import StripQueryString
from portal.models import AworkToken
from tests.standin_server import authorize

LINE = """
import logging, portal.settings, logging.config, structlog
logging.config.dictConfig(portal.settings.LOGGING)
structlog.get_logger("desk").info("sent", invitation=7)
logging.getLogger("library").warning("odd %s", "thing")
"""


@pytest.fixture
def written(caplog, capfd):
    """Everything that was logged or printed, at the most talkative level."""
    caplog.set_level(logging.DEBUG)

    def everything():
        printed = capfd.readouterr()
        return caplog.text + printed.out + printed.err

    return everything


def secrets_of(standin, settings):
    """All that may never be written down: what went over the wire, and the keys."""
    grants = standin.grants.grants
    sent = [value for one in standin.requests if isinstance(one.body, dict) for value in one.body.items()]
    named = {"code", "code_verifier", "refresh_token"}
    found = {grant.access for grant in grants} | {grant.refresh for grant in grants}
    found |= {value for name, value in sent if name in named}
    return found | {settings.SECRET_KEY, *settings.TOKEN_KEYS}


def test_every_line_is_an_object():
    ended = subprocess.run([sys.executable, "-c", LINE], capture_output=True, text=True, check=True)
    ours, library = map(json.loads, ended.stderr.splitlines())
    assert (ours["event"], ours["invitation"], ours["logger"]) == ("sent", 7, "desk")
    assert (library["event"], library["level"]) == ("odd thing", "warning")


@pytest.mark.django_db
def test_a_whole_sign_in_writes_no_secret_down(client, standin, settings, written):
    address = client.post("/login/")["Location"]
    state = parse_qs(urlsplit(address).query)["state"][0]
    client.get(authorize(standin, address, "paula").partition("localhost:8000")[2])
    AworkToken.objects.update(expires_at=timezone.now() + timedelta(minutes=1))
    client.get("/invite/?q=copy")
    text = written()
    assert "/accounts/token" in text
    assert standin.grants.refreshes == 1
    for secret in {state} | secrets_of(standin, settings):
        assert secret not in text


@pytest.mark.django_db
@pytest.mark.parametrize("fault", ["garbage", "truncated", "wrong_shape", "cut_after", "status"])
def test_a_failing_sign_in_writes_no_secret_down(client, standin, settings, written, fault):
    address = client.post("/login/")["Location"]
    state = parse_qs(urlsplit(address).query)["state"][0]
    back = authorize(standin, address, "paula").partition("localhost:8000")[2]
    standin.fault("POST", "/accounts/token", fault)
    shown = client.get(client.get(back)["Location"]).content.decode()
    for secret in {state} | secrets_of(standin, settings):
        assert secret not in written() + shown
        assert not Event.objects.filter(details__icontains=secret).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("debug", [False, True])
def test_an_error_page_shows_no_secret(sign_in, standin, settings, written, monkeypatch, debug):
    settings.DEBUG = debug
    client = Client(raise_request_exception=False)
    sign_in(client)

    def broken(*_):
        raise RuntimeError("a mistake in the portal")

    monkeypatch.setattr("portal.awork.http._response", broken)
    response = client.get("/invite/?task=WEB-12")
    assert response.status_code == 500
    shown = response.content.decode()
    assert ("a mistake in the portal" in shown) is debug
    text = written()
    assert "a mistake in the portal" in text
    for secret in secrets_of(standin, settings):
        assert secret not in shown
        assert secret not in text


def test_a_development_server_writes_no_query_down():
    line = '"%s" %s %s'
    args = ("GET /login/callback/?code=secret&state=hush HTTP/1.1", "302", 7)
    record = logging.LogRecord("django.server", logging.INFO, "", 0, line, args, None)
    assert StripQueryString().filter(record)
    assert record.getMessage() == '"GET /login/callback/ HTTP/1.1" 302 7'
