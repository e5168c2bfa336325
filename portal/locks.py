"""Claims: one holder at a time for a named thing, across threads, processes and machines.

A claim is a row with an end. It is held while HTTP goes on, which a database lock must never be, and a
process that dies leaves one that runs out. Choose `seconds` longer than all time limits of the work.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from portal import durability
from portal.models import NamedLock

POLL_SECONDS = 0.05


class LockBusy(Exception):
    """Somebody else held the claim for all the time that we were ready to wait."""


@contextmanager
def named_lock(name: str, *, seconds: float, wait: float) -> Iterator[None]:
    """Hold `name` for the block, at most `seconds`; raise `LockBusy` after `wait` seconds in vain."""
    holder = uuid4()
    patience = time.monotonic() + wait
    while not _try_acquire(name, holder, seconds):
        if time.monotonic() >= patience:
            raise LockBusy(name)
        time.sleep(POLL_SECONDS)
    try:
        yield
    finally:
        with durability.relaxed_durability():  # a power cut that loses a claim has ended its holder too
            NamedLock.objects.filter(name=name, holder=holder).delete()


def _try_acquire(name: str, holder: UUID, seconds: float) -> bool:
    if NamedLock.objects.filter(name=name, expires_at__gte=timezone.now()).exists():
        return False  # those who wait only read
    with durability.relaxed_durability():
        return _acquire(name, holder, seconds)


def _acquire(name: str, holder: UUID, seconds: float) -> bool:
    now = timezone.now()
    expires_at = now + timedelta(seconds=seconds)
    with transaction.atomic(durable=True):  # inside a transaction nobody else would see the claim
        if NamedLock.objects.filter(name=name, expires_at__lt=now).update(
            holder=holder, expires_at=expires_at
        ):
            return True
        NamedLock.objects.bulk_create(
            [NamedLock(name=name, holder=holder, expires_at=expires_at)], ignore_conflicts=True
        )
        return NamedLock.objects.filter(name=name, holder=holder).exists()
