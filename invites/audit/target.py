"""AUDIT_CHECKPOINTS: a file to append to, or a URL to post to, that receives checkpoints."""

import errno
import os
import stat
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning

from invites.audit import post
from invites.audit.bounded import Attempts, NotDelivered

URLS = ("http://", "https://")

attempts = Attempts()


def send(line: str) -> None:
    """Deliver a line; raises `NotDelivered`. The place may have received it even then."""
    target = settings.AUDIT_CHECKPOINTS
    work = _post if _is_url(target) else _append
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
            attempts.run(partial(_probe if _is_url(target) else _open, target))
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


def _post(target: str, content: bytes, connections: list[HTTPConnection]) -> None:
    post.request(target, content, connections, headers=_headers())


def _probe(target: str, connections: list[HTTPConnection]) -> None:
    post.request(target, None, connections, headers=_headers())


def _headers() -> dict[str, str]:
    token = settings.AUDIT_CHECKPOINTS_TOKEN
    return {"Content-Type": "text/plain"} | ({"Authorization": f"Bearer {token}"} if token else {})


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
    """Open the file for appending, but don't create it: its owner would be the account of the check."""
    try:
        os.close(os.open(target, os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK))
    except FileNotFoundError:
        if not os.access(Path(target).parent, os.W_OK | os.X_OK):
            raise
