"""The two locks of sending: a lease on the invitation's row, and a named lock on the task.

The lease says which process works on an invitation. It is saved with the row itself, so the row never looks
abandoned while a process works on it, and the lease of a process that died expires. A process that lost its
lease, for example because the machine was suspended, notices at its next save and writes nothing more.

The task lock keeps two invitations to one task from overwriting each other's assignees.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Q

from invites.models import Invitation
from portal import clock
from portal.awork.timeouts import CALL_SECONDS, PAGE_SECONDS, REQUEST_SECONDS, send_deadline
from portal.awork.tokens import LOCK_WAIT_SECONDS
from portal.locks import HeldLock, named_lock

CALLS = 5  # task, invite, task, setassignees, setplannedefforts
RENEWAL_CALLS = 3  # if the token expires on the way: /me, the token endpoint, and the same call again
SEND_SECONDS = (CALLS + RENEWAL_CALLS) * CALL_SECONDS + LOCK_WAIT_SECONDS + PAGE_SECONDS
# No request is sent in the last REQUEST_SECONDS, so each ends before the next process may take over.
LEASE_SECONDS = SEND_SECONDS + REQUEST_SECONDS
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


@contextmanager
def task_lock(task_id: UUID) -> Iterator[HeldLock]:
    """Lock the task for the block; raises `portal.locks.LockBusy` after waiting 30 seconds.

    After a suspend or a long wait for awork's rate limit, no further call to awork starts once the lock could
    expire during it.
    """
    with (
        named_lock(f"task:{task_id}", seconds=LEASE_SECONDS, wait=WAIT_SECONDS) as lock,
        send_deadline(LEASE_SECONDS - REQUEST_SECONDS),
    ):
        yield lock
