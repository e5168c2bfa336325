"""Host header checks, and content types that other sites can't misuse."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db
FORGED = [
    "evil.example",
    "testserver.evil.example",
    "testserver@evil.example",
    "testserver:80@evil.example",
    "testserver/evil.example",
    "evil.example\\testserver",
    "testserver,evil.example",
    "[::1",
    "",
]
FILES = [
    "/invitations/export.csv",
    "/audit/export.csv",
    "/audit/export.jsonl",
    "/audit/checkpoints.txt",
    "/audit/verify_export.py",
]


@pytest.mark.parametrize("host", FORGED)
@pytest.mark.parametrize("path", ["/login/", "/invite/"])
def test_an_unknown_host_is_refused_and_not_echoed(path, host):
    answer = Client().get(path, headers={"Host": host})
    assert answer.status_code == 400
    assert "evil" not in answer.content.decode()


@pytest.mark.parametrize("host", ["evil.example", "10.0.0.7:8001", ""])
@pytest.mark.parametrize("path", ["/livez", "/readyz", "/healthz"])
def test_monitoring_may_name_any_host_and_none_is_echoed(path, host):
    answer = Client().get(path, headers={"Host": host})
    assert (answer.status_code, answer.content) == (200, b"ok")
    assert host == "" or host not in str(answer.headers)


@pytest.mark.parametrize(
    "name",
    ["X-Forwarded-Host", "X-Host", "X-Original-Host", "Forwarded", "X-Forwarded-Server", "X-Original-URL"],
)
def test_no_other_header_sets_the_host(client, standin, name):
    headers = {name: "host=evil.example" if name == "Forwarded" else "evil.example"}
    for answer in (client.get("/login/", headers=headers), client.get("/invite/", headers=headers)):
        assert "evil" not in answer.content.decode() + answer.get("Location", "")
    assert "evil" not in client.post("/login/", headers=headers)["Location"]


def test_the_redirect_uri_comes_from_settings_only(standin):
    left = Client().post("/login/", headers={"Host": "127.0.0.1"})
    asked = parse_qs(urlsplit(left["Location"]).query)
    assert asked["redirect_uri"] == ["http://localhost:8000/login/callback/"]


@pytest.mark.parametrize("path", FILES)
def test_downloads_have_their_own_content_type(ada, path):
    answer = ada.get(path)
    assert answer["Content-Disposition"].startswith("attachment")
    assert not answer["Content-Type"].startswith(("text/html", "image/svg", "application/xhtml"))
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_page_names_its_charset(ada):
    for path in ("/login/", "/invite/", "/audit/", "/nowhere/"):
        assert ada.get(path)["Content-Type"] == "text/html; charset=utf-8"
