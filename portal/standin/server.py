"""Serves the stand-in over HTTP: a WSGI application without the portal's middleware, and a threaded server.

The server keeps connections alive and passes the socket to the application, so that a fault can close it.
"""

import json
import signal
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, NoReturn

from django.core.exceptions import SuspiciousOperation
from django.core.handlers.wsgi import WSGIRequest
from django.core.management.base import CommandError, OutputWrapper
from django.core.servers.basehttp import ThreadedWSGIServer
from django.core.servers.basehttp import WSGIRequestHandler as DjangoRequestHandler
from django.http import HttpResponse
from django.urls import Resolver404, resolve

from portal.standin.environment import BASE
from portal.standin.errors import ApiError, error_response, not_found
from portal.standin.faults import ConnectionCut
from portal.standin.standin import ReceivedRequest, Standin

BODY_LIMIT = 1_000_000  # bytes
DRAIN_LIMIT = 16_000_000  # bytes; the connection is closed without reading a longer body
URLS = "portal.standin.urls"
WSGIApplication = Callable[[dict[str, Any], Any], Iterable[bytes]]


class StandinApplication:
    """The stand-in as a WSGI application."""

    def __init__(self, standin: Standin) -> None:
        self.standin = standin

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ["standin"] = self.standin
        request = WSGIRequest(environ)
        try:
            response = self.respond(request)
        except SuspiciousOperation:
            response = error_response(ApiError(400, "invalid-model", "The request is malformed."))
        except ConnectionCut as cut:
            cut_connection(environ, cut.response)
            raise ConnectionAbortedError from cut  # the server treats this as a client that disconnected
        response["Content-Length"] = response.get("Content-Length") or str(len(response.content))
        phrase = f"{response.status_code} {response.reason_phrase}"
        start_response(phrase, list(response.items()))
        return getattr(response, "standin_pieces", None) or [response.content]

    def respond(self, request: WSGIRequest) -> HttpResponse:
        """The response; rate limits, faults and the request log are for API requests only."""
        if not request.path_info.startswith(f"{BASE}/"):
            return call_view(request)
        body, status = parse_body(request), 0
        with self.standin.in_progress():
            try:
                response = self.standin.faults.serve(
                    request.method or "", request.path_info, lambda: self.rate_limited(request)
                )
                status = response.status_code
            finally:
                self.standin.log_request(log_entry(request, body, status))
        return response

    def rate_limited(self, request: WSGIRequest) -> HttpResponse:
        """The view's response or 429, with rate limit headers."""
        allowed, headers = self.standin.limits.take()
        if not allowed:
            response = HttpResponse("Too many requests", status=429, content_type="text/plain")
        elif int(request.META.get("CONTENT_LENGTH") or 0) > BODY_LIMIT:
            response = error_response(ApiError(413, "request-body-too-large", "The body is too large."))
        else:
            response = call_view(request)
        for name, value in headers.items():
            response[name] = value
        return response


def log_entry(request: WSGIRequest, body: Any, status: int) -> ReceivedRequest:
    """The request as it is logged."""
    return ReceivedRequest(
        request.method or "",
        request.path_info.removeprefix(BASE),
        request.GET.dict(),
        body,
        status,
        request.META.get("standin.caller", ""),
        request.headers.get("User-Agent", ""),
        request.META["standin.raw_path"].partition("?")[0].removeprefix(BASE),
    )


def call_view(request: WSGIRequest) -> HttpResponse:
    """The response of the view at this URL, or awork's 404."""
    try:
        match = resolve(request.path_info, URLS)
    except Resolver404:
        return error_response(not_found("The address"))
    response: HttpResponse = match.func(request, *match.args, **match.kwargs)
    return response


def parse_body(request: WSGIRequest) -> Any:
    """The body for the request log: JSON, form fields, or text."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > BODY_LIMIT:
        return None
    if request.content_type == "application/x-www-form-urlencoded":
        request.body  # noqa: B018  # read before POST, so that both stay available
        return request.POST.dict()
    try:
        return json.loads(request.body) if request.body else None
    except (ValueError, RecursionError):
        return request.body.decode(errors="replace")


def cut_connection(environ: dict[str, Any], response: HttpResponse | None) -> None:
    """Close the connection, after half of the response if there is one."""
    connection: socket.socket = environ["standin.socket"]
    with suppress(OSError):
        if response is not None:
            head = f"HTTP/1.1 {response.status_code} OK\r\nContent-Length: {len(response.content)}\r\n\r\n"
            whole = head.encode() + response.content
            connection.sendall(whole[: -1 - len(response.content) // 2])
        connection.shutdown(socket.SHUT_RDWR)


class RequestHandler(DjangoRequestHandler):
    """Speaks HTTP/1.1 and rejects requests without a known length."""

    disable_nagle_algorithm = True

    def get_environ(self) -> dict[str, Any]:
        """Add the socket and the path as it was sent."""
        return {**super().get_environ(), "standin.socket": self.connection, "standin.raw_path": self.path}

    def parse_request(self) -> bool:
        """Reject bodies of unknown length: the rest would be read as the next request."""
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
        """Log nothing: tests use `Standin.requests`, and the demo needs no access log."""


class Server(ThreadedWSGIServer):
    """A threaded server that stops without waiting for idle connections."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], application: WSGIApplication) -> None:
        super().__init__(address, RequestHandler)
        self.set_app(application)


# For the commands `demo` and `standin`.


def listen(port: int, command: str, application: WSGIApplication) -> Server:
    """A server on this machine only; a port that is taken is a readable error."""
    try:
        return Server(("127.0.0.1", port), application)
    except OSError as error:
        raise CommandError(
            f"Port {port} cannot be used ({error.strerror}). "
            f"Choose another one: manage.py {command} --port {port + 1 if port < 65535 else port - 1}"
        ) from None


@contextmanager
def until_interrupted(out: OutputWrapper) -> Iterator[None]:
    """Let Ctrl-C and SIGTERM end the block without a traceback."""
    for number in (signal.SIGINT, signal.SIGTERM):  # shells make background jobs ignore SIGINT
        signal.signal(number, interrupt)
    try:
        yield
    except KeyboardInterrupt:
        out.write("\nStopped.")


def serve(server: Server, out: OutputWrapper) -> None:
    """Serve until interrupted."""
    out.flush()
    try:
        server.serve_forever()
    finally:
        server.server_close()


def interrupt(number: int, frame: FrameType | None) -> NoReturn:
    """Treat every signal like Ctrl-C."""
    raise KeyboardInterrupt


def user_list(standin: Standin) -> str:
    """One line for each seeded user."""
    people = [one for one in standin.world.people.values() if one.handle]
    width = max(len(one.name) for one in people)
    return "\n".join(f"  {one.name:{width}}  {one.about}" for one in people)
