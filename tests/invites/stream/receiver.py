"""A receiver of webhooks: a real server that verifies and stores what it gets, and answers as told."""

import base64
import hashlib
import hmac
import json
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

Answer = Callable[["Handler"], None]


@dataclass
class Receiver:
    """`batches` are the numbers of the events of each request that was stored, in order of arrival."""

    server: ThreadingHTTPServer
    answer: Answer
    secret: str = ""
    batches: list[list[int]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    attempts: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/events?source=desk"

    @property
    def numbers(self) -> list[int]:
        """Every number in the order of its first arrival."""
        return list(dict.fromkeys(number for batch in self.batches for number in batch))

    def store(self, headers: dict[str, str], body: bytes) -> None:
        assert not self.secret or is_signed(self.secret, headers, body)
        self.bodies.append(body)
        self.headers.append(headers)
        self.batches.append([number_of(json.loads(line)) for line in body.splitlines()])


def number_of(line: dict[str, Any]) -> int:
    number: int = (line.get("event") or line["metadata"])["sequence"]
    return number


def is_signed(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """Verify as OPERATIONS.md says, but for the age."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    return hmac.compare_digest(headers["webhook-signature"], f"v1,{expected}")


class Handler(BaseHTTPRequestHandler):
    """One request; `read` and `store` are left to the answer."""

    protocol_version = "HTTP/1.1"
    receiver: Receiver

    def do_POST(self) -> None:
        self.receiver.attempts += 1
        self.close_connection = True
        with suppress(OSError):
            self.receiver.answer(self)

    def read(self) -> bytes:
        return self.rfile.read(int(self.headers["Content-Length"]))

    def store(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.receiver.store(headers, self.read())

    def say(self, status: int, *lines: str, body: bytes = b"") -> None:
        head = [f"HTTP/1.1 {status} Hush", f"Content-Length: {len(body)}", *lines, "", ""]
        self.wfile.write("\r\n".join(head).encode() + body)

    def reset(self) -> None:
        """Close the connection as if the process had died."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def log_message(self, format: str, *args: Any) -> None:
        pass


def accept(handler: Handler) -> None:
    handler.store()
    handler.say(204)


def status(code: int, *lines: str) -> Answer:
    """Read everything, store nothing, answer this."""

    def answer(handler: Handler) -> None:
        handler.read()
        handler.say(code, *lines)

    return answer


def refuse(*numbers: int, code: int = 422) -> Answer:
    """Refuse each batch that contains one of these events."""

    def answer(handler: Handler) -> None:
        body = handler.read()
        found = {number_of(json.loads(line)) for line in body.splitlines()}
        if found & set(numbers):
            handler.say(code)
            return
        handler.receiver.store({name.lower(): value for name, value in handler.headers.items()}, body)
        handler.say(200)

    return answer


def accept_before_reading(handler: Handler) -> None:
    handler.say(200)
    handler.store()


def accept_with_half_an_answer(handler: Handler) -> None:
    handler.store()
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")


def store_and_fail(handler: Handler) -> None:
    handler.store()
    handler.say(500)


def store_and_die(handler: Handler) -> None:
    handler.store()
    handler.reset()


def die_before_reading(handler: Handler) -> None:
    handler.reset()


def die_in_the_middle(handler: Handler) -> None:
    handler.rfile.read(10)
    handler.reset()


def store_and_answer_byte_by_byte(handler: Handler) -> None:
    handler.store()
    for byte in b"HTTP/1.1 200 OK":
        handler.wfile.write(bytes([byte]))
        time.sleep(0.05)


def store_and_speak_nonsense(handler: Handler) -> None:
    handler.store()
    handler.wfile.write(b"hello\r\n\r\n")


def redirect(handler: Handler) -> None:
    status(307, f"Location: {handler.receiver.url}")(handler)


LIES = [
    accept_before_reading,
    accept_with_half_an_answer,
    store_and_fail,
    store_and_die,
    die_before_reading,
    die_in_the_middle,
    store_and_answer_byte_by_byte,
    store_and_speak_nonsense,
    redirect,
    status(500),
    status(503, "Retry-After: 9999999"),
    status(429),
    status(302),
    status(101),
    status(413),
]


@contextmanager
def receiving(answer: Answer = accept) -> Iterator[Receiver]:
    """Run a receiver for the block."""
    handler = type("OneHandler", (Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    receiver = Receiver(server, answer)
    handler.receiver = receiver  # type: ignore[attr-defined]
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
