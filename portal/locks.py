"""Named locks with one holder at a time, across threads, processes and machines.

A lock is a row that expires. It may be held during HTTP calls, unlike a database lock, and one whose process
died is free when it expires. Choose `seconds` longer than all time limits of the work.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.utils import timezone

from portal.models import NamedLock

POLL_SECONDS = 0.05


class LockBusy(Exception):
    """The lock was not free within the time to wait."""


@contextmanager
def named_lock(name: str, *, seconds: float, wait: float) -> Iterator[None]:
    """Hold `name` for the block, at most `seconds`; raises `LockBusy` after waiting `wait` seconds."""
    holder = uuid4()
    deadline = time.monotonic() + wait
    while not _try_acquire(name, holder, seconds):
        if time.monotonic() >= deadline:
            raise LockBusy(name)
        time.sleep(POLL_SECONDS)
    try:
        yield
    finally:
        with relaxed_durability():  # a power cut that loses a lock has ended its holder too
            NamedLock.objects.filter(name=name, holder=holder).delete()


@contextmanager
def relaxed_durability() -> Iterator[None]:
    """Commit on SQLite without waiting for the disk: a power cut may lose these commits.

    For locks and rate counters, which are worthless after one. Measured: of the nine commits of an
    invitation five wait for the disk, not all nine, which saves 5 to 20 ms.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=NORMAL")
        try:
            yield
        finally:
            cursor.execute("PRAGMA synchronous=FULL")


def _try_acquire(name: str, holder: UUID, seconds: float) -> bool:
    if NamedLock.objects.filter(name=name, expires_at__gte=timezone.now()).exists():
        return False  # waiting must not write
    with relaxed_durability():
        return _acquire(name, holder, seconds)


def _acquire(name: str, holder: UUID, seconds: float) -> bool:
    now = timezone.now()
    expires_at = now + timedelta(seconds=seconds)
    with transaction.atomic(durable=True):  # a lock taken inside a transaction is invisible to others
        if NamedLock.objects.filter(name=name, expires_at__lt=now).update(
            holder=holder, expires_at=expires_at
        ):
            return True
        NamedLock.objects.bulk_create(
            [NamedLock(name=name, holder=holder, expires_at=expires_at)], ignore_conflicts=True
        )
        return NamedLock.objects.filter(name=name, holder=holder).exists()
