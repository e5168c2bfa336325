"""Whom the portal believes about where a request came from."""

from dataclasses import replace
from ipaddress import ip_network

import pytest
from django.http import HttpResponse

from invites.audit.models import Event
from portal.web import rate_limits
from portal.web.middleware import TrustedProxies
from tests import cases

LISTED = ["127.0.0.0/8", "10.0.0.0/8", "2001:db8:1::/48"]
SECURE = ("HTTP_X_FORWARDED_PROTO", "https")


@pytest.fixture
def passed(rf, settings):
    """The request as it is after the middleware."""
    settings.TRUSTED_PROXIES = [ip_network(one) for one in LISTED]
    settings.SECURE_PROXY_SSL_HEADER = SECURE

    def passed(peer, **meta):
        seen = []
        request = rf.get("/", REMOTE_ADDR=peer, **meta)
        TrustedProxies(lambda request: seen.append(request) or HttpResponse())(request)
        return seen[0]

    return passed


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("198.51.100.1, 203.0.113.7, 10.1.1.1,10.2.2.2", "203.0.113.7"),
        ("2001:db8::7, 2001:db8:1::1", "2001:db8::7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("203.0.113.7, ::ffff:10.1.1.1", "203.0.113.7"),
        ("10.3.3.3, 10.1.1.1", "10.3.3.3"),
        ("", "127.0.0.1"),
        ("<script>", "127.0.0.1"),
        ("203.0.113.7, unknown", "127.0.0.1"),
        ("203.0.113.7, unknown, 10.1.1.1", "10.1.1.1"),
        ("203.0.113.7,", "127.0.0.1"),
        ("[::ffff:203.0.113.7]:443", "203.0.113.7"),
        ("203.0.113.7, 10.1.1.1:8080, [2001:db8:1::1]:443", "203.0.113.7"),
        ("203.0.113.7:", "127.0.0.1"),
        ("2001:db8::7:443", "2001:db8::7:443"),  # a port comes after brackets only
        ("[203.0.113.7", "127.0.0.1"),
        ("203.0.113.7:\u0661", "127.0.0.1"),
        ("fe80::7%eth0", "fe80::7"),
        ("[fe80::7%25eth0]:443", "fe80::7"),
        ("::ffff:203.0.113.7%eth0", "203.0.113.7"),
        ("203.0.113.7%eth0", "127.0.0.1"),
        ("203.0.113.7, 2001:db8:1::1%eth0", "203.0.113.7"),
        ('"[2001:db8::7]:443"', "2001:db8::7"),
        ('"203.0.113.7:51008", "10.1.1.1"', "203.0.113.7"),
        ('"203.0.113.7', "127.0.0.1"),
        ('"', "127.0.0.1"),
        ('""', "127.0.0.1"),
        ("_hidden", "127.0.0.1"),
        ("unknown:80", "127.0.0.1"),
        ("203.0.113.7, , 10.1.1.1", "10.1.1.1"),
        ("\t203.0.113.7\t,\t10.1.1.1\t", "203.0.113.7"),
        pytest.param("198.51.100.1, " * 500 + "203.0.113.7", "203.0.113.7", id="500 clients"),
        pytest.param("203.0.113.7" + ", 10.1.1.1" * 500, "203.0.113.7", id="500 proxies"),
        ("203.0.113.07", "127.0.0.1"),
        ("0xcb007107", "127.0.0.1"),
        ("4294967295", "127.0.0.1"),
        *cases.rows("forwarded_for"),
    ],
)
def test_behind_listed_proxies_the_first_other_address_is_the_clients(passed, forwarded, address):
    assert passed("127.0.0.1", HTTP_X_FORWARDED_FOR=forwarded).META["REMOTE_ADDR"] == address


def test_a_listed_proxy_is_known_in_both_forms_of_its_address(passed):
    found = passed("::ffff:10.0.0.9", HTTP_X_FORWARDED_FOR="203.0.113.7")
    assert found.META["REMOTE_ADDR"] == "203.0.113.7"


def test_a_listed_proxy_is_believed_about_https(passed):
    assert passed("10.0.0.9", HTTP_X_FORWARDED_PROTO="https").is_secure()
    assert not passed("10.0.0.9", HTTP_X_FORWARDED_PROTO="http").is_secure()


@pytest.mark.parametrize("peer", ["203.0.113.9", "2001:db8::9", "", "@", "\0abstract", "/run/client.socket"])
def test_untrusted_peers_cannot_forward_an_address(passed, peer):
    claims = {
        "HTTP_X_FORWARDED_FOR": "198.51.100.1",
        "HTTP_X_FORWARDED_PROTO": "https",
        "HTTP_X_FORWARDED_HOST": "evil.example",
        "HTTP_X_FORWARDED_SSL": "on",
        "HTTP_FORWARDED": "for=198.51.100.1;proto=https",
    }
    found = passed(peer, **claims | {"wsgi.url_scheme": "https"})  # the server believed it
    assert found.META["REMOTE_ADDR"] == (peer if peer[:1].isdigit() else "")
    assert not found.is_secure()
    assert not claims.keys() & found.META.keys()
    assert not [name for name in found.headers if "Forwarded" in name]


@pytest.mark.parametrize("peer", ["", "@", "\0abstract", "/run/client.socket"])
def test_a_listed_socket_is_believed_whatever_its_peer_calls_itself(passed, settings, peer):
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8"), "unix"]
    found = passed(peer, HTTP_X_FORWARDED_FOR="203.0.113.7, 10.1.1.1", HTTP_X_FORWARDED_PROTO="https")
    assert found.META["REMOTE_ADDR"] == "203.0.113.7"
    assert found.is_secure()
    assert passed(peer).META["REMOTE_ADDR"] == ""
    assert not passed(peer).is_secure()


def test_a_listed_socket_is_no_listed_network(passed, settings):
    settings.TRUSTED_PROXIES = ["unix"]
    found = passed("127.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.7", HTTP_X_FORWARDED_PROTO="https")
    assert found.META["REMOTE_ADDR"] == "127.0.0.1"
    assert not found.is_secure()


def test_a_server_that_speaks_tls_itself_is_believed(passed):
    assert passed("203.0.113.9", **{"wsgi.url_scheme": "https"}).is_secure()


def test_the_host_that_a_proxy_tells_is_never_used(passed):
    assert passed("10.0.0.9", HTTP_X_FORWARDED_HOST="evil.example").get_host() == "testserver"


@pytest.mark.django_db
def test_a_session_stores_the_forwarded_address(client, sign_in, settings):
    settings.TRUSTED_PROXIES = [ip_network("127.0.0.0/8")]
    client.defaults["HTTP_X_FORWARDED_FOR"] = "203.0.113.7"
    sign_in(client)
    assert "203.0.113.7" in client.get("/account/").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(("forwarded", "address"), cases.rows("forwarded_for"))
def test_the_log_and_the_limits_count_the_forwarded_address(
    client, settings, monkeypatch, forwarded, address
):
    settings.TRUSTED_PROXIES = [ip_network("127.0.0.0/8")]
    monkeypatch.setattr(rate_limits, "SIGN_IN", replace(rate_limits.SIGN_IN, per_ip=1))
    for sent, status in ((forwarded, 302), (address, 429), ("192.0.2.1", 302)):
        answer = client.get("/login/callback/", {"state": "x"}, headers={"X-Forwarded-For": sent})
        assert answer.status_code == status
    assert set(Event.objects.values_list("ip_address", flat=True)) == {address, "192.0.2.1"}


@pytest.mark.parametrize("peer", ["fe80::7%eth0", "::ffff:203.0.113.7%eth0"])
def test_the_zone_of_a_peer_is_not_stored(passed, peer):
    assert passed(peer).META["REMOTE_ADDR"] in {"fe80::7", "203.0.113.7"}
