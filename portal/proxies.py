"""Whom the portal believes about where a request came from: the proxies of TRUSTED_PROXIES, nobody else."""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

CLAIMS = ("HTTP_X_FORWARDED", "HTTP_FORWARDED")  # what the headers begin with by which proxies tell


class TrustedProxies:
    """Makes REMOTE_ADDR the client's address, and drops what anybody but a listed proxy says of a request."""

    def __init__(self, handler: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.handler = handler

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        peer = _plain(request.META.get("REMOTE_ADDR", ""))
        if _is_listed(peer):
            peer = client(peer, request.META.get("HTTP_X_FORWARDED_FOR", ""))
        else:
            _forget_claims(request)
        request.META["REMOTE_ADDR"] = peer
        return self.handler(request)


def client(peer: str, forwarded: str) -> str:
    """The first address that is no listed proxy, going back from the peer; garbage ends the way."""
    entries = forwarded.split(",")
    while entries and _is_listed(peer):
        try:
            peer = str(_address(entries.pop()))
        except ValueError:
            break
    return peer


def _forget_claims(request: HttpRequest) -> None:
    claims = [name for name in request.META if name.startswith(CLAIMS)]
    for name in claims:
        del request.META[name]
    if claims:  # the server may have believed them: gunicorn believes every process of its machine
        request.META["wsgi.url_scheme"] = "http"


def _plain(peer: str) -> str:
    try:
        return str(_address(peer))
    except ValueError:
        return peer


def _is_listed(peer: str) -> bool:
    try:
        address = _address(peer)
    except ValueError:
        return False
    return any(address in network for network in settings.TRUSTED_PROXIES)


def _address(text: str) -> IPv4Address | IPv6Address:
    """A socket for both families tells IPv4 addresses within IPv6 ones."""
    address = ip_address(text.strip())
    return (address.version == 6 and address.ipv4_mapped) or address
