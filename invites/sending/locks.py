"""The two locks of sending: a lease on the invitation's row, and a named lock on the task.

The lease says which process works on an invitation. It is saved with the row itself, so the row never looks
abandoned while a process works on it, and renewed until the work is done; that of a process that died or was
suspended expires. A process that lost its lease asks awork nothing more, and saves nothing.

The task lock keeps two invitations to one task from overwriting each other's assignees.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from invites.models import Invitation
from portal import clock
from portal.awork.timeouts import send_while
from portal.locks import HeldLock, named_lock, renewed

# No request starts that could end after it; before that there is time to wait for awork's next minute.
LEASE_SECONDS = 150
RENEW_SECONDS = 10
WAIT_SECONDS = 30


class LeaseLost(Exception):
    """Another process has taken over the invitation."""


def start_lease(invitation: Invitation) -> None:
    """Lease an invitation that is about to be saved for an attempt."""
    invitation.lease_holder = uuid4()
    invitation.lease_expires_at = clock.now() + timedelta(seconds=LEASE_SECONDS)


def lease_free() -> Q:
    """Invitations that no living process works on."""
    return Q(lease_expires_at=None) | Q(lease_expires_at__lt=clock.now())


def take_lease(invitation: Invitation) -> bool:
    """Take the lease if it is free, and refresh the invitation; an erased guest's can't be taken."""
    start_lease(invitation)
    free = Invitation.objects.filter(lease_free(), pk=invitation.pk).exclude(email="")
    taken = free.update(lease_holder=invitation.lease_holder, lease_expires_at=invitation.lease_expires_at)
    invitation.refresh_from_db()
    return bool(taken)


@transaction.atomic
def save_leased(invitation: Invitation, *, done: bool = False) -> None:
    """Save all fields and extend the lease, or end it if `done`; raises `LeaseLost` and saves nothing.

    What an erasure has replaced meanwhile is not saved again.
    """
    invitation.lock()
    names = [field.attname for field in Invitation._meta.concrete_fields if not field.primary_key]
    until = None if done else clock.now() + timedelta(seconds=LEASE_SECONDS)
    row = {name: getattr(invitation, name) for name in names} | {"lease_expires_at": until}
    if not Invitation.objects.filter(pk=invitation.pk, lease_holder=invitation.lease_holder).update(**row):
        raise LeaseLost
    invitation.lease_expires_at = until


def free_in(invitation: Invitation, seconds: float) -> None:
    """Give the lease back; it can be taken again after so many seconds."""
    held = Invitation.objects.filter(pk=invitation.pk, lease_holder=invitation.lease_holder)
    held.update(lease_holder=None, lease_expires_at=clock.now() + timedelta(seconds=seconds))


@contextmanager
def held_lease(invitation: Invitation) -> Iterator[None]:
    """Renew the lease during the block, and ask awork nothing that could end after it expired."""
    with renewed(lambda: _extend(invitation), RENEW_SECONDS), send_while(lambda: _end(invitation)):
        yield


def _extend(invitation: Invitation) -> bool:
    now = clock.now()
    held = Invitation.objects.filter(
        pk=invitation.pk, lease_holder=invitation.lease_holder, lease_expires_at__gte=now
    )
    until = now + timedelta(seconds=LEASE_SECONDS)
    if not held.update(lease_expires_at=until):
        return False
    invitation.lease_expires_at = until
    return True


def _end(invitation: Invitation) -> datetime:
    """When the lease expires, by the machine's own clock: that of the demo's past differs."""
    left = invitation.lease_expires_at - clock.now() if invitation.lease_expires_at else timedelta()
    return timezone.now() + left


@contextmanager
def task_lock(task_id: UUID, wait: float | None = None) -> Iterator[HeldLock]:
    """Lock the task for the block; raises `portal.locks.LockBusy` after waiting 30 seconds, or `wait`.

    It is renewed during the block. After a suspend, no further call to awork starts once the lock could
    expire during it.
    """
    wait = WAIT_SECONDS if wait is None else wait
    with (
        named_lock(f"task:{task_id}", seconds=LEASE_SECONDS, wait=wait) as lock,
        renewed(lambda: lock.extend(LEASE_SECONDS), RENEW_SECONDS),
        send_while(lambda: lock.expires_at),
    ):
        yield lock
