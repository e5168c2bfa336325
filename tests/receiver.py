"""A receiver of checkpoints that answers as told: a real server on a port of its own."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Thread

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


@dataclass
class Receiver:
    """`requests` are the head and the body of what arrived; `answer` can be changed at any time."""

    server: socket.socket
    answer: Callable[[socket.socket], None]
    read: Callable[[socket.socket], tuple[str, str]] = lambda connection: read_request(connection)
    requests: list[tuple[str, str]] = field(default_factory=list)
    closed: Event = field(default_factory=Event)  # the desk has closed a connection

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.getsockname()[1]}/keep"

    @property
    def bodies(self) -> list[str]:
        return [body for _, body in self.requests]

    def serve(self) -> None:
        with suppress(OSError):  # closed
            while True:
                connection, _ = self.server.accept()
                Thread(target=self.respond, args=[connection], daemon=True).start()

    def respond(self, connection: socket.socket) -> None:
        try:
            with connection, suppress(OSError):
                self.requests.append(self.read(connection))
                self.answer(connection)
                while connection.recv(1000):
                    pass
        finally:
            self.closed.set()


def read_request(connection: socket.socket) -> tuple[str, str]:
    with connection.makefile("rb") as file:
        head = b"".join(iter(file.readline, b"\r\n")).decode()
        lengths = [line.partition(":")[2] for line in head.splitlines() if line.startswith("Content-Length")]
        return head, file.read(int(lengths[0]) if lengths else 0).decode()


def saying(content: bytes) -> Callable[[socket.socket], None]:
    """An answer of these bytes."""
    return lambda connection: connection.sendall(content)


def status(code: int, *headers: str) -> Callable[[socket.socket], None]:
    """An answer with this status and these header lines."""
    return saying("\r\n".join([f"HTTP/1.1 {code} Hush", "Content-Length: 0", *headers, "", ""]).encode())


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Run a receiver for the block, which accepts everything until told otherwise."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        receiver = Receiver(server, saying(OK))
        Thread(target=receiver.serve, daemon=True).start()
        yield receiver
        server.shutdown(socket.SHUT_RDWR)
