"""Finds the client's IP address; only proxies in TRUSTED_PROXIES may forward one."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

from portal.environment import UNIX, is_loopback

# A proxy on this machine adds one of them, or passes the public host name on.
PROXY_HEADERS = ("HTTP_X_FORWARDED", "HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_REAL_IP")
FORWARDED_HEADERS = ("HTTP_X_FORWARDED", "HTTP_FORWARDED")  # prefixes
# Some proxies add a port, as in `203.0.113.7:51008` and `[2001:db8::7]:443`, and perhaps quotes.
WITH_PORT = re.compile(r"\[(?P<v6>[^\]]+)\](?::[0-9]+)?|(?P<v4>[^:]+):[0-9]+")


def apply(request: HttpRequest) -> None:
    """Set REMOTE_ADDR to the client's address; drop forwarding headers of untrusted peers."""
    peer = _plain(request.META.get("REMOTE_ADDR", ""))
    request.is_local = _is_local(request, peer)  # type: ignore[attr-defined]  # before headers are dropped
    if _is_trusted(peer):
        peer = client_ip(peer, request.META.get("HTTP_X_FORWARDED_FOR", ""))
    else:
        _drop_forwarded_headers(request)
    request.META["REMOTE_ADDR"] = peer


def is_local(request: HttpRequest) -> bool:
    """Whether it comes from this machine, and not through a proxy on it, trusted or not."""
    return getattr(request, "is_local", False)


def _is_local(request: HttpRequest, peer: str) -> bool:
    if any(name.startswith(PROXY_HEADERS) for name in request.META):
        return False
    try:
        host = urlsplit(f"//{request.META.get('HTTP_HOST', '')}").hostname or ""
    except ValueError:
        return False
    return is_loopback(peer) and is_loopback(host)


def client_ip(peer: str, forwarded: str) -> str:
    """The last forwarded address that is not a trusted proxy; stops at a malformed one."""
    entries = forwarded.split(",")
    while entries and _is_trusted(peer):
        try:
            peer = str(_address(_without_port(entries.pop().strip())))
        except ValueError:
            break
    return peer


def _drop_forwarded_headers(request: HttpRequest) -> None:
    names = [name for name in request.META if name.startswith(FORWARDED_HEADERS)]
    for name in names:
        del request.META[name]
    if names:  # the server may have trusted them: gunicorn trusts local processes
        request.META["wsgi.url_scheme"] = "http"


def _without_port(entry: str) -> str:
    if len(entry) > 1 and entry[0] == entry[-1] == '"':
        entry = entry[1:-1]
    found = WITH_PORT.fullmatch(entry)
    return (found["v6"] or found["v4"]) if found else entry


def _plain(peer: str) -> str:
    """The address without what surrounds it; empty on a Unix socket, whatever the peer calls itself."""
    try:
        return str(_address(peer))
    except ValueError:
        return ""


def _is_trusted(peer: str) -> bool:
    if not peer:
        return UNIX in settings.TRUSTED_PROXIES
    return any(ip_address(peer) in network for network in settings.TRUSTED_PROXIES if network != UNIX)


def _address(text: str) -> IPv4Address | IPv6Address:
    """Unwraps IPv4 addresses in IPv6 ones, which dual-stack sockets report, and drops zones (`%eth0`)."""
    address = ip_address(text)
    if address.version == 4:
        return address
    return address.ipv4_mapped or IPv6Address(int(address))
