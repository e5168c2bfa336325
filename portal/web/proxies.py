"""Whom the portal believes about where a request came from: the proxies of TRUSTED_PROXIES, nobody else."""

from ipaddress import IPv4Address, IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest

FORWARDED_HEADERS = (
    "HTTP_X_FORWARDED",
    "HTTP_FORWARDED",
)  # what the headers begin with by which proxies tell


def apply(request: HttpRequest) -> None:
    """Make REMOTE_ADDR the client's address; drop what an unlisted peer says about forwarding."""
    peer = _plain(request.META.get("REMOTE_ADDR", ""))
    if _is_listed(peer):
        peer = client_ip(peer, request.META.get("HTTP_X_FORWARDED_FOR", ""))
    else:
        _drop_forwarded_headers(request)
    request.META["REMOTE_ADDR"] = peer


def client_ip(peer: str, forwarded: str) -> str:
    """The first address that is no listed proxy, going back from the peer; garbage ends the way."""
    entries = forwarded.split(",")
    while entries and _is_listed(peer):
        try:
            peer = str(_address(entries.pop()))
        except ValueError:
            break
    return peer


def _drop_forwarded_headers(request: HttpRequest) -> None:
    claims = [name for name in request.META if name.startswith(FORWARDED_HEADERS)]
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
