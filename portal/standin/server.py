"""Serves the stand-in over real HTTP: an application without the portal's middleware, a threaded server.

The server keeps connections alive, and hands the application its socket, so that a fault can cut it.
"""

import json
import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.core.handlers.wsgi import WSGIRequest
from django.core.servers.basehttp import ThreadedWSGIServer
from django.core.servers.basehttp import WSGIRequestHandler as DjangoRequestHandler
from django.http import HttpResponse
from django.urls import Resolver404, resolve

from portal.standin.address import BASE
from portal.standin.calls import error
from portal.standin.faults import Cut
from portal.standin.refusal import Refusal, absent
from portal.standin.service import Received, Standin

BODY_LIMIT = 1_000_000  # bytes
DRAIN_LIMIT = 16_000_000  # bytes; a longer body is not even read, and its connection closed
URLS = "portal.standin.urls"
StartResponse = Callable[..., Any]


class Application:
    """The stand-in as a WSGI application."""

    def __init__(self, standin: Standin) -> None:
        self.standin = standin

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        environ["standin"] = self.standin
        request = WSGIRequest(environ)
        try:
            response = self.respond(request)
        except SuspiciousOperation:
            response = error(Refusal(400, "invalid-model", "The request cannot be read."))
        except Cut as cut:
            hang_up(environ, cut.response)
            raise ConnectionAbortedError from cut  # the server takes this for a client that has left
        response["Content-Length"] = response.get("Content-Length") or str(len(response.content))
        phrase = f"{response.status_code} {response.reason_phrase}"
        start_response(phrase, list(response.items()))
        return getattr(response, "standin_parts", None) or [response.content]

    def respond(self, request: WSGIRequest) -> HttpResponse:
        """The answer; what is asked of the API is limited, may go wrong, and is written down."""
        if not request.path_info.startswith(f"{BASE}/"):
            return view(request)
        body, status = parsed(request), 0
        with self.standin.busy():
            try:
                response = self.standin.faults.serve(
                    request.method or "", request.path_info, lambda: self.limited(request)
                )
                status = response.status_code
            finally:
                self.standin.note(received(request, body, status))
        return response

    def limited(self, request: WSGIRequest) -> HttpResponse:
        """The view's answer with the limits' headers, or 429."""
        allowed, headers = self.standin.limits.take()
        if not allowed:
            response = HttpResponse("Too many requests", status=429, content_type="text/plain")
        elif int(request.META.get("CONTENT_LENGTH") or 0) > BODY_LIMIT:
            response = error(Refusal(413, "request-body-too-large", "The body is too large."))
        else:
            response = view(request)
        for name, value in headers.items():
            response[name] = value
        return response


def received(request: WSGIRequest, body: Any, status: int) -> Received:
    """The request as it is written down."""
    return Received(
        request.method or "",
        request.path_info.removeprefix(BASE),
        request.GET.dict(),
        body,
        status,
        request.META.get("standin.who", ""),
        request.headers.get("User-Agent", ""),
        request.META["standin.target"].partition("?")[0].removeprefix(BASE),
    )


def view(request: WSGIRequest) -> HttpResponse:
    """What the view for this address answers."""
    try:
        match = resolve(request.path_info, URLS)
    except Resolver404:
        return error(absent("The address"))
    response: HttpResponse = match.func(request, *match.args, **match.kwargs)
    return response


def parsed(request: WSGIRequest) -> Any:
    """The body as it may be looked at later: JSON, form fields, or text."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > BODY_LIMIT:
        return None
    if request.content_type == "application/x-www-form-urlencoded":
        request.body  # noqa: B018  # read before POST, so that both stay available
        return request.POST.dict()
    try:
        return json.loads(request.body) if request.body else None
    except (ValueError, RecursionError):
        return request.body.decode(errors="replace")


def hang_up(environ: dict[str, Any], response: HttpResponse | None) -> None:
    """Close the connection, after half of the response if there is one."""
    connection: socket.socket = environ["standin.socket"]
    with suppress(OSError):
        if response is not None:
            head = f"HTTP/1.1 {response.status_code} OK\r\nContent-Length: {len(response.content)}\r\n\r\n"
            whole = head.encode() + response.content
            connection.sendall(whole[: -1 - len(response.content) // 2])
        connection.shutdown(socket.SHUT_RDWR)


class RequestHandler(DjangoRequestHandler):
    """Speaks HTTP/1.1, refuses what it cannot delimit, and does not wait for more to send."""

    disable_nagle_algorithm = True

    def get_environ(self) -> dict[str, Any]:
        """The environment with the socket, and with the address as it came."""
        return {**super().get_environ(), "standin.socket": self.connection, "standin.target": self.path}

    def parse_request(self) -> bool:
        """Refuse bodies of unknown length: their rest would pass for the next request."""
        if not super().parse_request():
            return False
        length = self.headers.get("Content-Length", "0")
        known = (
            length.isascii()
            and length.isdigit()
            and len(length) < 20
            and not self.headers.get("Transfer-Encoding")
        )
        if known and int(length) <= DRAIN_LIMIT:
            return True
        self.close_connection = True
        self.send_error(413 if known else 411)
        return False

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the tests look at what was received, and the demo is no place for access logs."""


class Server(ThreadedWSGIServer):
    """The server; closes without waiting for connections that are kept alive."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], application: Callable[..., Iterable[bytes]]) -> None:
        super().__init__(address, RequestHandler)
        self.set_app(application)
