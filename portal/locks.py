"""Named locks with one holder at a time, across threads, processes and machines.

A lock is a row that expires. It may be held during HTTP calls, unlike a database lock, and one whose process
died is free when it expires. Choose `seconds` longer than all time limits of the work, or renew it.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event, Thread
from uuid import UUID, uuid4

import structlog
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from portal.integrity import PRIMARY_KEY, violated
from portal.models import NamedLock

POLL_SECONDS = 0.05

log = structlog.get_logger(__name__)


class LockBusy(Exception):
    """The lock was not free within the time to wait."""


@dataclass
class HeldLock:
    """A lock that this process holds."""

    name: str
    holder: UUID = field(default_factory=uuid4)
    expires_at: datetime = field(default_factory=timezone.now)
    is_released: bool = False

    def extend(self, seconds: float) -> bool:
        """Let it expire in `seconds`; False if it has expired already."""
        now = timezone.now()
        held = NamedLock.objects.filter(name=self.name, holder=self.holder, expires_at__gte=now)
        until = now + timedelta(seconds=seconds)
        with relaxed_durability():
            extended = bool(held.update(expires_at=until))
        if extended:
            self.expires_at = until
        return extended

    def release_on_commit(self) -> None:
        """Release the lock with the caller's transaction, which saves a separate commit."""
        self.delete()
        transaction.on_commit(self._set_released)

    def delete(self) -> None:
        """Delete the lock's row, unless it expired and has another holder."""
        NamedLock.objects.filter(name=self.name, holder=self.holder).delete()

    def _set_released(self) -> None:
        self.is_released = True


@contextmanager
def named_lock(name: str, *, seconds: float, wait: float) -> Iterator[HeldLock]:
    """Hold `name` for the block, at most `seconds`; raises `LockBusy` after waiting `wait` seconds."""
    lock = HeldLock(name)
    deadline = time.monotonic() + wait
    while not _acquire(lock, seconds):
        _wait_until_free(name, deadline)
    try:
        yield lock
    finally:
        if not lock.is_released:
            with relaxed_durability():  # a power cut that loses a lock has ended its holder too
                lock.delete()


@contextmanager
def relaxed_durability() -> Iterator[None]:
    """Commit on SQLite without waiting for the disk: a power cut may lose these commits.

    For locks and rate counters, which are worthless after one. Measured: without it, four more commits of an
    invitation waited for the disk, 5 to 20 ms in all.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        before = cursor.execute("PRAGMA synchronous").fetchone()[0]  # lower within another such block
        cursor.execute("PRAGMA synchronous=NORMAL")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA synchronous={before}")


def _acquire(lock: HeldLock, seconds: float) -> bool:
    """Insert the lock's row, or take over one that has expired."""
    now = timezone.now()
    lock.expires_at = now + timedelta(seconds=seconds)
    row = {"holder": lock.holder, "expires_at": lock.expires_at}
    with relaxed_durability():
        try:
            with transaction.atomic(durable=True):  # a lock taken inside a transaction is invisible to others
                NamedLock.objects.create(name=lock.name, **row)
        except IntegrityError as error:
            if violated(error, NamedLock) != PRIMARY_KEY:
                raise
            return bool(NamedLock.objects.filter(name=lock.name, expires_at__lt=now).update(**row))
    return True


def _wait_until_free(name: str, deadline: float) -> None:
    """Poll without writing; raises `LockBusy` at the deadline."""
    while True:
        if time.monotonic() >= deadline:
            raise LockBusy(name)
        time.sleep(POLL_SECONDS)
        if not NamedLock.objects.filter(name=name, expires_at__gte=timezone.now()).exists():
            return


@contextmanager
def renewed(extend: Callable[[], bool], every: float) -> Iterator[None]:
    """Call `extend` every so many seconds during the block, until it returns False or the block ends.

    For leases and locks that should be free soon after their process died, although the work takes long.
    """
    ended = Event()
    thread = Thread(target=_renew, args=(extend, every, ended), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _renew(extend: Callable[[], bool], every: float, ended: Event) -> None:
    try:
        while not ended.wait(every) and extend():
            connection.close()  # of this thread
    except DatabaseError as problem:  # it expires, which the work notices
        log.warning("not renewed", problem=type(problem).__name__)
    finally:
        connection.close()
