"""Posts to a URL: without redirects, and so that it can be broken off."""

import socket
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from http.client import HTTPConnection
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    build_opener,
)

from django.utils.encoding import iri_to_uri

from portal.environment import is_loopback

SILENCE_SECONDS = 5.0  # that a receiver may take for each part of its answer
# Answers to HEAD of a receiver that may well know POST.
KNOWS_NO_HEAD = {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED}


def request(
    target: str, content: bytes | None, connections: list[HTTPConnection], *, headers: dict[str, str]
) -> None:
    """Post the content, or without any send HEAD, which changes nothing; raises what is no acceptance.

    `HTTPError` is any answer but 2xx. The body of an answer is not read: it may be endless.
    """
    named = {"User-Agent": "invitation-desk"} | headers
    request = Request(iri_to_uri(target), content, named, method="HEAD" if content is None else "POST")  # noqa: S310
    try:
        with _opener(target, connections).open(request, timeout=SILENCE_SECONDS):
            pass
    except HTTPError as answer:
        answer.close()
        if content is not None or answer.code not in KNOWS_NO_HEAD:
            raise


def close(connection: HTTPConnection) -> None:
    """End what waits for its answer."""
    with suppress(OSError):
        if connection.sock:
            connection.sock.shutdown(socket.SHUT_RDWR)


def _opener(target: str, connections: list[HTTPConnection]) -> OpenerDirector:
    """Without redirects. The environment's proxy is for https: plain http stays on this machine."""
    is_local = is_loopback(urlsplit(target).hostname or "")
    return build_opener(NoRedirects, ListingHandler(connections), ProxyHandler({} if is_local else None))


class NoRedirects(HTTPRedirectHandler):
    """A redirect is an error like any other: a GET elsewhere, which is what it asks for, delivers nothing."""

    def redirect_request(self, *_args: Any) -> None:
        return None


class ListingHandler(HTTPHandler, HTTPSHandler):
    """Lists the connections that it opens, so that they can be closed while one waits for the answer."""

    def __init__(self, connections: list[HTTPConnection]) -> None:
        super().__init__()
        self.connections = connections

    def do_open(self, http_class: Any, req: Request, **http_conn_args: Any) -> Any:
        return super().do_open(partial(self._connection, http_class), req, **http_conn_args)

    def _connection(self, http_class: Any, *args: Any, **options: Any) -> HTTPConnection:
        self.connections.append(http_class(*args, **options))
        return self.connections[-1]
