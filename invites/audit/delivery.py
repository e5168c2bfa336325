"""Delivers checkpoints to AUDIT_CHECKPOINTS, a place that database administrators can't write to."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from functools import partial
from http.client import HTTPException
from pathlib import Path
from threading import Thread
from urllib.request import Request, urlopen

from django.conf import settings
from django.db import transaction

from portal import metrics

PUBLISH_SECONDS = 5  # seconds that AUDIT_CHECKPOINTS may take to answer
URLS = ("http://", "https://")

log = logging.getLogger(__name__)
_is_published = ContextVar("is_published", default=True)


def publish_on_commit(line: str) -> None:
    """Publish a line when the transaction is committed, but not in an `unpublished` block."""
    if _is_published.get():
        transaction.on_commit(partial(_publish_aside, line))


@contextmanager
def unpublished() -> Iterator[None]:
    """Publish no checkpoint that is made in the block.

    The database may be a copy, and AUDIT_CHECKPOINTS that of the original, which would then seem forged.
    """
    token = _is_published.set(False)
    try:
        yield
    finally:
        _is_published.reset(token)


def published_lines() -> list[str]:
    """What the file AUDIT_CHECKPOINTS holds; nothing if it is a URL or missing. Raises `OSError`."""
    target = settings.AUDIT_CHECKPOINTS
    if not target or target.startswith(URLS) or not Path(target).exists():
        return []
    return Path(target).read_text("utf-8", errors="replace").splitlines()


def _publish_aside(line: str) -> None:
    """Publish to a URL in a separate thread: a receiver that does not answer holds nobody up."""
    if settings.AUDIT_CHECKPOINTS.startswith(URLS):
        Thread(target=copy_context().run, args=(publish, line), name="checkpoint").start()
    else:
        publish(line)


def publish(line: str) -> bool:
    """Send a line to AUDIT_CHECKPOINTS, outside the database; returns whether that worked.

    The line is in the database in any case: a failure is only logged as an error.
    """
    target = settings.AUDIT_CHECKPOINTS
    try:
        if target.startswith(URLS):
            body = Request(target, f"{line}\n".encode(), {"Content-Type": "text/plain"})  # noqa: S310
            with urlopen(body, timeout=PUBLISH_SECONDS):  # noqa: S310
                pass
        elif target:
            with Path(target).open("a", encoding="utf-8") as file:
                file.write(f"{line}\n")
    except (OSError, HTTPException, ValueError) as problem:  # ValueError: an invalid URL
        metrics.CHECKPOINTS.labels("lost").inc()
        log.error("a checkpoint did not reach AUDIT_CHECKPOINTS: %s", problem)  # noqa: TRY400
        return False
    if target:
        metrics.CHECKPOINTS.labels("delivered").inc()
    return True
