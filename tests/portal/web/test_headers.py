"""What every answer tells the browser."""

import pytest
from django.http import HttpResponse
from django.test import Client

from portal.web.middleware import BLOCKED_FEATURES, SecurityHeaders

pytestmark = pytest.mark.django_db

EXPECTED = {
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
PAGES = {
    "a page for everybody": "/login/",
    "a page": "/invitations/",
    "a form": "/invite/",
    "the log": "/audit/",
    "a redirect": "/",
    "what is not there": "/nowhere/",
    "an export": "/audit/export.csv",
    "a file": "/audit/checkpoints.txt",
    "the health check": "/healthz",
}


@pytest.fixture
def ada(sign_in):
    client = Client(raise_request_exception=False)
    sign_in(client, "ada")
    return client


def check_strict(answer):
    assert {name: answer.get(name) for name in EXPECTED} == EXPECTED
    policy = answer["Content-Security-Policy"]
    for directive in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"):
        assert directive in policy
    assert "unsafe" not in policy
    assert "*" not in policy


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_every_answer_is_strict_and_kept_by_nobody(ada, path):
    answer = ada.get(path)
    check_strict(answer)
    assert "no-store" in answer["Cache-Control"]
    assert "public" not in answer["Cache-Control"]


def test_a_failure_of_the_portal_too(ada, monkeypatch):
    monkeypatch.setattr("portal.accounts.views.sign_in._home_page", None)
    answer = ada.get("/")
    assert answer.status_code == 500
    check_strict(answer)
    assert answer["Cache-Control"] == "private, no-store"


def test_no_feature_of_a_browser_is_allowed(client):
    said = client.get("/login/")["Permissions-Policy"]
    assert said.split(", ") == [f"{feature}=()" for feature in BLOCKED_FEATURES]
    assert {"camera", "microphone", "geolocation", "payment", "usb"} <= set(BLOCKED_FEATURES)


def test_what_says_otherwise_is_kept_as_it_says(rf):
    kept = HttpResponse(headers={"Cache-Control": "public, max-age=60"})
    assert SecurityHeaders(lambda _request: kept)(rf.get("/"))["Cache-Control"] == "public, max-age=60"
