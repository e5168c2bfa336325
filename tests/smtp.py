"""A mail server on a port of its own, which answers as told."""

import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any


class Connection(socketserver.StreamRequestHandler):
    """One connection: the commands that a sender needs."""

    def handle(self) -> None:
        server: Any = self.server
        self.say("220 ready")
        for line in self.rfile:
            command = line.decode().strip().upper()
            word = command.partition(" ")[0]
            if word == "DATA":
                self.say(server.answers.get("DATA", "354 go on"))
                if "DATA" in server.answers:
                    continue
                text = b"".join(iter(self.rfile.readline, b".\r\n"))
                server.mails.append(text.decode())
                if server.hangs_up:
                    return
                self.say(server.answers.get("TEXT", "250 taken"))
            else:
                self.say(server.answers.get(word, "250 fine"))
            if word == "QUIT":
                return

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class Server(socketserver.ThreadingTCPServer):
    """`answers` replace the usual ones by command (TEXT: after the text); `mails` are the texts that came."""

    daemon_threads = allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Connection)
        self.answers: dict[str, str] = {}
        self.mails: list[str] = []
        self.hangs_up = False  # after the text, without an answer


@contextmanager
def running() -> Iterator[Server]:
    """The server, until the end of the block."""
    with Server() as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
