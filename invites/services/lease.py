"""Who works on an invitation: one process at a time, and a process that dies lets go by and by.

The holder's name is written into the row with the invitation itself, so that there is no moment at which
another process could take it for abandoned. Whoever was taken over (a machine that slept) learns it at
the next step and writes nothing more.
"""

from datetime import timedelta
from uuid import uuid4

from django.db.models import Q
from django.utils import timezone

from invites.models import Invitation
from invites.services.turn import LEASE_SECONDS


class Lost(Exception):
    """Another process has taken the invitation over."""


def begin(invitation: Invitation) -> None:
    """Hold an invitation that is about to be saved for an attempt."""
    invitation.holder = uuid4()
    invitation.held_until = timezone.now() + timedelta(seconds=LEASE_SECONDS)


def free() -> Q:
    """Invitations that no living process holds."""
    return Q(held_until=None) | Q(held_until__lt=timezone.now())


def take(invitation: Invitation) -> bool:
    """Become the holder unless somebody is, and read the row as it is now."""
    begin(invitation)
    taken = Invitation.objects.filter(free(), pk=invitation.pk).update(
        holder=invitation.holder, held_until=invitation.held_until
    )
    invitation.refresh_from_db()
    return bool(taken)


def save(invitation: Invitation, *, done: bool = False) -> None:
    """Save everything and hold on, or let go where it is `done`; raises `Lost` and saves nothing."""
    names = [field.attname for field in Invitation._meta.concrete_fields if not field.primary_key]
    until = None if done else timezone.now() + timedelta(seconds=LEASE_SECONDS)
    row = {name: getattr(invitation, name) for name in names} | {"held_until": until}
    if not Invitation.objects.filter(pk=invitation.pk, holder=invitation.holder).update(**row):
        raise Lost
    invitation.held_until = until
