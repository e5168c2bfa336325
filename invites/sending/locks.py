"""The locks of sending: a lease on the row of the invitation or ending, and named locks on task and guest.

The lease says which process works on a row. It is saved with the row itself, so the row never looks
abandoned while a process works on it, and renewed until the work is done; that of a process that died or was
suspended expires. A process that lost its lease asks awork nothing more, and saves nothing.

The task lock keeps two invitations to one task from overwriting each other's assignees. The guest lock lets
one access of a guest end after the other.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from invites.models import Ending, Invitation, TaskComment
from portal import clock
from portal.awork.timeouts import send_while
from portal.locks import HeldLock, named_lock, renewed

# No request starts that could end after it; before that there is time to wait for awork's next minute.
LEASE_SECONDS = 150
RENEW_SECONDS = 10
WAIT_SECONDS = 30


Leased = Invitation | Ending | TaskComment


class LeaseLost(Exception):
    """Another process has taken over the row."""


def start_lease(row: Leased) -> None:
    """Lease a row that is about to be saved for an attempt."""
    row.lease_holder = uuid4()
    row.lease_expires_at = clock.now() + timedelta(seconds=LEASE_SECONDS)


def lease_free() -> Q:
    """Rows that no living process works on."""
    return Q(lease_expires_at=None) | Q(lease_expires_at__lt=clock.now())


def take_lease(row: Leased) -> bool:
    """Take the lease if it is free, and refresh the row; that of an erased guest can't be taken."""
    start_lease(row)
    free = type(row).not_erased().filter(lease_free(), pk=row.pk)
    taken = free.update(lease_holder=row.lease_holder, lease_expires_at=row.lease_expires_at)
    row.refresh_from_db()
    return bool(taken)


@transaction.atomic
def save_leased(row: Leased, *, done: bool = False) -> None:
    """Save all fields and extend the lease, or end it if `done`; raises `LeaseLost` and saves nothing.

    What an erasure has replaced in between is not saved again.
    """
    row.lock()
    names = [field.attname for field in row._meta.concrete_fields if not field.primary_key]
    until = None if done else clock.now() + timedelta(seconds=LEASE_SECONDS)
    values = {name: getattr(row, name) for name in names} | {"lease_expires_at": until}
    if not _held(row).update(**values):
        raise LeaseLost
    row.lease_expires_at = until


def free_in(row: Leased, seconds: float) -> None:
    """Give the lease back; it can be taken again after so many seconds."""
    _held(row).update(lease_holder=None, lease_expires_at=clock.now() + timedelta(seconds=seconds))


@contextmanager
def held_lease(row: Leased) -> Iterator[None]:
    """Renew the lease during the block, and ask awork nothing that could end after it expired."""
    with renewed(lambda: _extend(row), RENEW_SECONDS), send_while(lambda: _end(row)):
        yield


def _held(row: Leased) -> Any:
    return type(row).objects.filter(pk=row.pk, lease_holder=row.lease_holder)


def _extend(row: Leased) -> bool:
    now = clock.now()
    until = now + timedelta(seconds=LEASE_SECONDS)
    if not _held(row).filter(lease_expires_at__gte=now).update(lease_expires_at=until):
        return False
    row.lease_expires_at = until
    return True


def _end(row: Leased) -> datetime:
    """When the lease expires, by the machine's own clock: that of the demo's past differs."""
    left = row.lease_expires_at - clock.now() if row.lease_expires_at else timedelta()
    return timezone.now() + left


def task_lock(task_id: UUID, wait: float | None = None) -> AbstractContextManager[HeldLock]:
    """Lock the task for the block; raises `portal.locks.LockBusy` after waiting 30 seconds, or `wait`."""
    return _renewed_lock(f"task:{task_id}", wait)


def guest_lock(guest_id: UUID, wait: float) -> AbstractContextManager[HeldLock]:
    """Lock the guest, as `task_lock` does a task; to be taken before that."""
    return _renewed_lock(f"guest:{guest_id}", wait)


@contextmanager
def _renewed_lock(name: str, wait: float | None) -> Iterator[HeldLock]:
    """A named lock that is renewed during the block.

    After a suspend, no further call to awork starts once the lock could expire during it.
    """
    wait = WAIT_SECONDS if wait is None else wait
    with (
        named_lock(name, seconds=LEASE_SECONDS, wait=wait) as lock,
        renewed(lambda: lock.extend(LEASE_SECONDS), RENEW_SECONDS),
        send_while(lambda: lock.expires_at),
    ):
        yield lock
