"""The gunicorn worker: a request gets a thread when all of it is here, so slow clients don't occupy threads.

gunicorn's own threads read requests and wait for clients that stall; a few of those would occupy all threads.
Here the worker's event loop collects each request, and closes the connections of clients that take too long.
"""

import errno
import io
import re
import selectors
import socket
import time
from concurrent.futures import Future
from functools import partial
from typing import Any
from uuid import uuid4

from django.conf import settings
from gunicorn.http.errors import LimitRequestHeaders
from gunicorn.workers.gthread import ThreadWorker

REQUEST_SECONDS = 10  # for a request to arrive, from its first byte or the opening of the connection
SEND_SECONDS = 5  # for the client to accept the next part of a response
MAX_HEAD = 64 * 1024  # bytes of request line and headers
MAX_BODY = 256 * 1024  # bytes to collect; more than MAX_FORM_BYTES is refused unread
MAX_LARGE_BODY = 2 * 1024 * 1024  # the same for forms under LARGE_FORM_PATHS
RECEIVE = 64 * 1024  # bytes at once
HEAD_END = b"\r\n\r\n"
ENCODING = re.compile(rb"\r\ntransfer-encoding[ \t]*:", re.IGNORECASE)
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*0*(\d+)[ \t]*\r\n", re.IGNORECASE)


class Worker(ThreadWorker):  # type: ignore[misc]
    """`gunicorn --worker-class portal.web.gunicorn_worker.Worker`."""

    def enqueue_req(self, conn: Any) -> None:
        """Hand the connection to a thread, or wait for the rest of its request."""
        conn.request_size, conn.is_collected = None, False
        try:
            if _receive(conn):
                super().enqueue_req(conn)
                return
        except OSError:
            self._close(conn)
            return
        conn.timeout = time.monotonic() + REQUEST_SECONDS
        self.pending_conns.append(conn)
        reader = partial(self.on_pending_socket_readable, conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, reader)

    def on_pending_socket_readable(self, conn: Any, client: Any) -> None:
        """More of a request is here; only all of it takes the connection off the waiting ones."""
        try:
            if _receive(conn):
                super().on_pending_socket_readable(conn, client)
        except OSError:
            self.poller.unregister(client)
            self.pending_conns.remove(conn)
            self._close(conn)

    def handle(self, conn: Any) -> Any:
        """Answer a request; in a thread."""
        if _head_is_too_long(conn):
            self.handle_error(None, conn.sock, conn.client, LimitRequestHeaders("too long"))
            return False
        return super().handle(conn)

    def handle_request(self, req: Any, conn: Any) -> Any:
        """Run the application; a body that was not collected is never read."""
        if not conn.is_collected:
            req.force_close()
        conn.sock.settimeout(SEND_SECONDS)
        try:
            return super().handle_request(req, conn)
        except TimeoutError:  # not worth a traceback in the log
            raise BrokenPipeError(errno.EPIPE, "the client doesn't read the response") from None

    def finish_request(self, conn: Any, fs: Future[Any]) -> None:
        """Keep the connection for the next request, or close it."""
        if fs.cancelled() or fs.exception() or fs.result():
            super().finish_request(conn, fs)
        else:
            self._close_soon(conn)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Answer a request that never reached the application, with a request ID and without any rights."""
        answer, request_id = _Captured(), uuid4()
        super().handle_error(req, answer, addr, exc)
        self.log.warning("The answer to this request has the request ID %s", request_id)
        try:
            client.settimeout(SEND_SECONDS)
            client.sendall(answer.with_headers(_error_headers(str(request_id))))
        except OSError:
            self.log.debug("The client did not read the answer.")

    def _cap_keepalive(self, deadline: float) -> None:
        """A stopping worker doesn't wait for requests that have only begun."""
        super()._cap_keepalive(deadline)
        for conn in self.pending_conns:
            conn.timeout = min(conn.timeout, deadline)

    def _close_soon(self, conn: Any) -> None:
        """Close once the client has, or with the idle ones: closing at once could cut off the response.

        gunicorn waits for the client in the event loop, which stops everyone.
        """
        try:
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(conn)
            return
        conn.sock.setblocking(False)
        conn.set_timeout()
        self.keepalived_conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._discard, conn))

    def _discard(self, conn: Any, client: Any) -> None:
        if _is_gone(client):
            self.poller.unregister(client)
            self.keepalived_conns.remove(conn)
            self._close(conn)

    def _close(self, conn: Any) -> None:
        self.nr_conns -= 1
        conn.close()


class _Captured:
    """Takes the place of a socket, for an answer that needs more headers."""

    def __init__(self) -> None:
        self.data = b""

    def gettimeout(self) -> float:
        return 0.0

    def sendall(self, data: bytes) -> None:
        self.data += data

    def with_headers(self, headers: dict[str, str]) -> bytes:
        status, _, rest = self.data.partition(b"\r\n")
        lines = [f"{name}: {value}".encode() for name, value in headers.items()]
        return b"\r\n".join([status, *lines, rest])


def _error_headers(request_id: str) -> dict[str, str]:
    return {
        "X-Request-ID": request_id,
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }


def _receive(conn: Any) -> bool:
    """Read what is here, without waiting; whether a thread can take over and won't have to wait either.

    Raises `OSError` if the client is gone.
    """
    conn.init()
    conn.sock.setblocking(False)
    buffer = conn.parser.unreader.buf
    while not _is_ready(conn):
        try:
            data = conn.sock.recv(RECEIVE)
        except BlockingIOError:
            return False
        if not data:
            raise ConnectionError
        buffer.seek(0, io.SEEK_END)
        buffer.write(data)
    return True


def _is_ready(conn: Any) -> bool:
    """Whether the buffer has all of the next request, or enough of it to refuse it."""
    buffer = conn.parser.unreader.buf
    received = buffer.seek(0, io.SEEK_END)
    if conn.request_size is None:
        conn.request_size = _request_size(buffer.getvalue())
    if conn.request_size is None:
        return False
    conn.is_collected = 0 < conn.request_size <= received
    return conn.is_collected or not conn.request_size


def _request_size(received: bytes) -> int | None:
    """Bytes of the request that begins here; None until its head is complete, 0 if it can't be collected."""
    head, end, _ = received.partition(HEAD_END)
    if not end:
        return 0 if len(received) > MAX_HEAD else None
    if ENCODING.search(head):
        return 0
    length = LENGTH.search(head + HEAD_END)
    body = int(length[1][:10]) if length else 0
    return len(head + end) + body if body <= _max_body(head) else 0


def _max_body(head: bytes) -> int:
    is_large = head.startswith(tuple(f"POST {path}".encode() for path in settings.LARGE_FORM_PATHS))
    return MAX_LARGE_BODY if is_large else MAX_BODY


def _head_is_too_long(conn: Any) -> bool:
    return not conn.is_collected and HEAD_END not in conn.parser.unreader.buf.getvalue()


def _is_gone(client: Any) -> bool:
    """Read and drop what the client sends; whether it has closed the connection."""
    try:
        return not client.recv(RECEIVE)
    except BlockingIOError:
        return False
    except OSError:
        return True
