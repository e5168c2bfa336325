"""AUDIT_CHECKPOINTS: a file to append to, or a URL to post to, that receives checkpoints.

Whatever the place does, an attempt ends after `TOTAL_SECONDS`. Problems are described in our own words,
without the URL and what the receiver said: both may contain secrets.
"""

import errno
import os
import stat
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from http.client import HTTPConnection, HTTPException, RemoteDisconnected
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.error import HTTPError, URLError

from django.conf import settings
from django.core.checks import CheckMessage, Warning
from django.utils.translation import gettext as _

from invites.audit import post

TOTAL_SECONDS = 10.0
URLS = ("http://", "https://")

Work = Callable[[list[HTTPConnection]], None]  # adds the connections that it opens to the list


class NotDelivered(Exception):
    """Says in a few words why."""


class Attempts:
    """Runs one attempt at a time, in a thread: neither file systems nor DNS lookups have a timeout."""

    def __init__(self) -> None:
        self.last: Future[None] | None = None

    def run(self, work: Work) -> None:
        """Run it until it ends or the time is over; raises `NotDelivered`."""
        if self.last and not self.last.done():
            raise NotDelivered(_("the previous attempt still hangs"))
        connections: list[HTTPConnection] = []
        done = self.last = Future()
        Thread(target=_finish, args=(done, work, connections), daemon=True).start()
        try:
            done.result(TOTAL_SECONDS)
        except (OSError, HTTPException, ValueError) as problem:
            raise NotDelivered(_in_words(problem)) from None
        finally:
            for connection in connections:
                post.close(connection)


attempts = Attempts()


def send(line: str) -> None:
    """Deliver a line; raises `NotDelivered`. The place may have received it even then."""
    target = settings.AUDIT_CHECKPOINTS
    work = post.request if _is_url(target) else _append
    attempts.run(partial(work, target, f"{line}\n".encode()))


def published_lines() -> list[str]:
    """What the file holds; nothing if it is a URL or missing. Raises `OSError`."""
    target = settings.AUDIT_CHECKPOINTS
    if not target or _is_url(target) or not Path(target).exists():
        return []
    return Path(target).read_text("utf-8", errors="replace").splitlines()


def check(**_options: Any) -> list[CheckMessage]:
    """The check of `manage.py check --deploy`: whether the place can be reached; writes nothing to it."""
    target = settings.AUDIT_CHECKPOINTS
    try:
        if target:
            attempts.run(partial(post.request, target, None) if _is_url(target) else partial(_open, target))
    except NotDelivered as problem:
        return [
            Warning(
                f"AUDIT_CHECKPOINTS can't receive checkpoints: {problem}.",
                hint="They wait in the database until it can. OPERATIONS.md says what is tried.",
                id="audit.W001",
            )
        ]
    return []


def _is_url(target: str) -> bool:
    return target.startswith(URLS)


def _finish(done: Future[None], work: Work, connections: list[HTTPConnection]) -> None:
    try:
        work(connections)
    except Exception as problem:  # noqa: BLE001  # the waiting thread raises it
        done.set_exception(problem)
    else:
        done.set_result(None)


def _append(target: str, content: bytes, _connections: list[HTTPConnection]) -> None:
    with Path(target).open("ab", buffering=0) as file:
        before = os.fstat(file.fileno())
        is_regular = stat.S_ISREG(before.st_mode)
        written = file.write(content)
        if written != len(content):
            if is_regular:  # or the next line would be appended to a part of this one
                file.truncate(before.st_size)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if is_regular:
            os.fsync(file.fileno())


def _open(target: str, _connections: list[HTTPConnection]) -> None:
    """Open the file for appending, but don't create it: its owner would be whoever runs the check."""
    try:
        os.close(os.open(target, os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK))
    except FileNotFoundError:
        if not os.access(Path(target).parent, os.W_OK | os.X_OK):
            raise


def _in_words(problem: Exception) -> str:
    if isinstance(problem, HTTPError):
        return _("it answered %(status)s") % {"status": problem.code}
    if isinstance(problem, URLError) and isinstance(problem.reason, Exception):
        return _in_words(problem.reason)
    if isinstance(problem, TimeoutError):
        return _("it did not answer in time")
    if isinstance(problem, RemoteDisconnected):
        return _("it closed the connection without an answer")
    if isinstance(problem, HTTPException):
        return _("its answer is not valid HTTP")
    return getattr(problem, "strerror", None) or type(problem).__name__
