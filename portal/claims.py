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

from portal import disk
from portal.models import Claim

PAUSE_SECONDS = 0.05


class Busy(Exception):
    """Somebody else held the claim for all the time that we were ready to wait."""


@contextmanager
def claim(name: str, *, seconds: float, wait: float) -> Iterator[None]:
    """Hold `name` for the block, at most `seconds`; raise `Busy` after `wait` seconds in vain."""
    holder = uuid4()
    patience = time.monotonic() + wait
    while not _taken(name, holder, seconds):
        if time.monotonic() >= patience:
            raise Busy(name)
        time.sleep(PAUSE_SECONDS)
    try:
        yield
    finally:
        with disk.spared():  # a power cut that loses a claim has ended its holder too
            Claim.objects.filter(name=name, holder=holder).delete()


def _taken(name: str, holder: UUID, seconds: float) -> bool:
    if Claim.objects.filter(name=name, until__gte=timezone.now()).exists():
        return False  # those who wait only read
    with disk.spared():
        return _take(name, holder, seconds)


def _take(name: str, holder: UUID, seconds: float) -> bool:
    now = timezone.now()
    until = now + timedelta(seconds=seconds)
    with transaction.atomic(durable=True):  # inside a transaction nobody else would see the claim
        if Claim.objects.filter(name=name, until__lt=now).update(holder=holder, until=until):
            return True
        Claim.objects.bulk_create([Claim(name=name, holder=holder, until=until)], ignore_conflicts=True)
        return Claim.objects.filter(name=name, holder=holder).exists()
