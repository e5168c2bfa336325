"""/metrics: who may read it, and that it reads as Prometheus expects."""

import re
from pathlib import Path

import pytest
from django.test import Client

from tests.metrics import parse

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[3]
TOKEN = "a-token-of-more-than-twenty-characters"


@pytest.fixture
def scrape():
    """`scrape(headers, peer)`: the response to a request from this address, to this host name."""

    def scraped(headers=None, peer="127.0.0.1", host="127.0.0.1:8001"):
        return Client().get("/metrics", headers={"Host": host, **(headers or {})}, REMOTE_ADDR=peer)

    return scraped


def test_this_machine_reads_facts_and_counts(scrape):
    response = scrape()
    assert response["Content-Type"].startswith("text/plain; version=")
    names = {name for name, *_ in parse(response.content.decode())}
    assert {"desk_ready", "desk_workers", "desk_request_seconds_count", "process_start_time_seconds"} <= names


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "127.8.9.1", "::ffff:127.0.0.1"])
def test_this_machine_has_several_addresses(scrape, peer):
    assert scrape(peer=peer).status_code == 200


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded", "X-Real-IP", "Via"]
)
@pytest.mark.parametrize("trusted", [True, False])
def test_a_proxy_on_this_machine_is_not_this_machine(scrape, settings, header, trusted):
    settings.TRUSTED_PROXIES = settings.TRUSTED_PROXIES if trusted else []
    assert scrape({header: "127.0.0.1"}).status_code == 403


@pytest.mark.parametrize(
    ("peer", "host"),
    [
        ("203.0.113.7", "127.0.0.1"),
        ("10.0.0.7", "127.0.0.1"),
        ("", "127.0.0.1"),  # a socket
        ("127.0.0.1", "invite.studio.example"),  # a proxy that adds no header
        ("127.0.0.1", "[::1"),
        ("127.0.0.1", ""),
    ],
)
def test_others_are_not_this_machine_either(scrape, peer, host):
    response = scrape(peer=peer, host=host)
    assert response.status_code == 403
    assert "desk_" not in response.content.decode()


def test_with_a_token_it_is_read_from_anywhere(scrape, settings):
    settings.METRICS_TOKEN = TOKEN
    for scheme in ("Bearer", "bearer"):
        response = scrape(
            {"Authorization": f"{scheme} {TOKEN}", "X-Forwarded-For": "203.0.113.7"}, host="10.0.0.7"
        )
        assert response.status_code == 200


@pytest.mark.parametrize(
    "given", ["", TOKEN, f"Basic {TOKEN}", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", "Bearer é"]
)
def test_with_a_token_this_machine_needs_it_too(scrape, settings, given, log_lines):
    settings.METRICS_TOKEN = TOKEN
    response = scrape({"Authorization": given})
    assert (response.status_code, response["WWW-Authenticate"]) == (401, "Bearer")
    assert "desk_" not in response.content.decode()
    assert TOKEN[:-1] not in str(log_lines())


def test_the_alert_rules_name_metrics_that_are_there(scrape):
    there = set(re.findall(r"\bdesk_\w+", scrape().content.decode()))
    rules = (ROOT / "OPERATIONS.md").read_text()
    named = {name.removesuffix("_count") for name in re.findall(r"\bdesk_\w+", rules)}
    assert len(named) >= 10
    assert named <= there
    assert 'desk_request_seconds_count{status="500"} ' in scrape().content.decode()


def test_it_reads_no_session_and_sets_no_cookie(client):
    assert not client.get("/metrics", headers={"Host": "localhost"}).cookies
