"""Posts to a receiver: without redirects, and broken off when the time is over."""

import socket
from concurrent.futures import Future
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Thread
from urllib.parse import urlsplit, urlunsplit

from django.utils.translation import gettext as _

TOTAL_SECONDS = 10.0


class NotDelivered(Exception):
    """Says in a few words why; `status` is that of the answer, or 0."""

    def __init__(self, problem: str, status: int = 0) -> None:
        super().__init__(problem)
        self.status = status


def post(url: str, body: bytes, headers: dict[str, str]) -> None:
    """Return when the receiver has accepted it with a status of 2xx; raises `NotDelivered`.

    In a thread, since neither looking up a host nor reading an answer byte by byte has a timeout.
    """
    parts = urlsplit(url)
    connect = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = connect(parts.hostname or "", parts.port, timeout=TOTAL_SECONDS)
    path = urlunsplit(parts._replace(scheme="", netloc="", path=parts.path or "/"))
    answer: Future[int] = Future()
    Thread(target=_exchange, args=(answer, connection, path, body, headers), daemon=True).start()
    try:
        status = answer.result(TOTAL_SECONDS)
    except TimeoutError:
        raise NotDelivered(_("the receiver did not answer in time")) from None
    except (OSError, HTTPException, ValueError) as problem:
        raise NotDelivered(getattr(problem, "strerror", None) or type(problem).__name__) from None
    finally:
        if connection.sock:
            with suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)
    if not 200 <= status < 300:
        raise NotDelivered(_("the receiver answered %(status)s") % {"status": status}, status)


def _exchange(
    answer: "Future[int]", connection: HTTPConnection, path: str, body: bytes, headers: dict[str, str]
) -> None:
    try:
        connection.request("POST", path, body, headers)
        answer.set_result(connection.getresponse().status)
    except Exception as problem:  # noqa: BLE001  # the waiting thread raises it
        answer.set_exception(problem)
    finally:
        connection.close()
