"""Erasing a guest: what the portal knows of a person goes, that something happened stays."""

import logging
import secrets
from collections.abc import Collection
from functools import partial
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db import DatabaseError, connection, transaction
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from invites.audit import erase as audit
from invites.audit import search
from invites.audit.erase import Guest
from invites.audit.models import Event
from invites.models import Invitation, State
from portal.actor import Actor
from portal.email_addresses import key_of
from portal.models import PendingRole
from portal.web import form_recovery

TABLES = "audit_person, audit_search, invites_invitation, portal_session, portal_pendingrole"
LISTS = ("assignees_before", "assignees_missing")

log = logging.getLogger(__name__)


class StillSending(Exception):
    """An invitation to this address is on its way: its outcome has to be known first."""


class NothingKnown(Exception):
    """Nothing is known of this address."""


def erase(email: str, *, workspaces: Collection[UUID], by: Actor, reason: str) -> Event:
    """Erase a guest from these workspaces; returns the event of it in the actor's own chain.

    Raises `StillSending` and `NothingKnown`. Afterwards a pseudonym stands for the guest. Caches of other
    processes forget within a minute. Backups and exports made before are out of the portal's reach.
    """
    key = key_of(email)
    if not key:
        raise NothingKnown
    with transaction.atomic():
        invitations = Invitation.objects.filter(workspace__in=workspaces, email_key=key)
        if invitations.filter(state=State.REQUESTED).exists():
            raise StillSending
        ids = {one for one in invitations.values_list("guest_id", flat=True) if one}
        guest = Guest(email, frozenset(ids | audit.awork_ids(email)), f"erased-{secrets.token_hex(4)}")
        count = _erase_invitations(invitations, guest)
        _erase_from_assignees(guest, workspaces)
        PendingRole.objects.filter(workspace__in=workspaces, email=key).delete()
        form_recovery.purge(email)
        events = audit.erase(guest, workspaces=workspaces, by=by, reason=reason, invitations=count)
        if not count and not any(event.details["erased"] for event in events):
            raise NothingKnown
        transaction.on_commit(cache.clear)
        transaction.on_commit(partial(compact_database))
    return next(event for event in events if event.workspace == by.workspace)


def _erase_invitations(invitations: QuerySet[Invitation], guest: Guest) -> int:
    return invitations.update(
        email="",
        email_key=guest.pseudonym,
        first_name=guest.pseudonym,
        last_name="",
        gender="",
        said="",
        guest_id=None,
        next_check_at=None,
        holder=None,  # whoever looks it up just now keeps nothing of what they read
        lease_expires_at=None,
    )


def _erase_from_assignees(guest: Guest, workspaces: Collection[UUID]) -> None:
    """A guest who was assigned stands in the lists of those who were invited later."""
    for one in guest.ids:
        texts = {f"{name}_text": Cast(name, TextField()) for name in LISTS}
        named = Q(assignees_before_text__contains=str(one)) | Q(assignees_missing_text__contains=str(one))
        rows = Invitation.objects.filter(workspace__in=workspaces).annotate(**texts).filter(named)
        for invitation in rows:
            for name in LISTS:
                setattr(
                    invitation, name, [_anonymized(entry, one, guest) for entry in getattr(invitation, name)]
                )
            invitation.save(update_fields=LISTS)


def _anonymized(entry: dict[str, Any], one: UUID, guest: Guest) -> dict[str, Any]:
    return entry | {"first_name": guest.pseudonym, "last_name": ""} if entry["id"] == str(one) else entry


def compact_database() -> None:
    """Have the database overwrite what it has let go: a deleted row stays in its file until then.

    On SQLite this writes the whole file anew, which takes its time where it is large.
    """
    try:
        search.compact()
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("VACUUM")
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                if cursor.fetchone()[0]:  # it reports a reader in its way, and raises nothing
                    log.error("erased, but somebody is reading the database: run VACUUM by hand")
            else:
                cursor.execute(f"VACUUM {TABLES}")
    except DatabaseError:
        log.exception("erased, but the database could not be compacted: run VACUUM by hand")
