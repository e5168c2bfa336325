"""What the commands `demo` and `standin` share: a port that is free, and an end without a traceback."""

import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn

from django.core.management.base import CommandError, OutputWrapper

from portal.standin.server import Server
from portal.standin.service import Standin

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


def listen(port: int, command: str, application: Application) -> Server:
    """A server on this machine only; says plainly where the port cannot be had."""
    try:
        return Server(("127.0.0.1", port), application)
    except OSError as problem:
        raise CommandError(
            f"Port {port} cannot be used ({problem.strerror}). "
            f"Choose another one: manage.py {command} --port {port + 1 if port < 65535 else port - 1}"
        ) from None


@contextmanager
def until_interrupted(out: OutputWrapper) -> Iterator[None]:
    """A block that Ctrl-C and SIGTERM end, with a word in place of a traceback."""
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell lets its background jobs ignore SIGINT
        signal.signal(number, interrupt)
    try:
        yield
    except KeyboardInterrupt:
        out.write("\nStopped.")


def serve(server: Server, out: OutputWrapper) -> None:
    """Serve until somebody ends it."""
    out.flush()
    try:
        server.serve_forever()
    finally:
        server.server_close()


def interrupt(number: int, frame: FrameType | None) -> NoReturn:
    """Let every signal end what Ctrl-C ends."""
    raise KeyboardInterrupt


def cast_list(standin: Standin) -> str:
    """One line for each of the cast."""
    people = [one for one in standin.world.people.values() if one.handle]
    width = max(len(one.name) for one in people)
    return "\n".join(f"  {one.name:{width}}  {one.about}" for one in people)
