"""Erasing a guest: personal data are deleted, while events remain under a pseudonym."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db import transaction
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from invites.audit import erase as audit
from invites.audit.erase import Guest
from invites.audit.models import Event
from invites.models import (
    ASSIGNEE_FIELDS,
    OPEN_ENDINGS,
    Ending,
    EndingState,
    Invitation,
    Reason,
    ReviewItem,
    State,
    TaskComment,
)
from invites.models import Guest as GuestRow
from invites.sending.compaction import compact
from portal.actor import Actor
from portal.email_addresses import key_of
from portal.models import PendingRole
from portal.web import form_recovery


class InvitationInProgress(Exception):
    """This guest, or another to the same task, is being invited, or unassigned: first comes the outcome."""


class GuestNotFound(Exception):
    """Nothing is known about this address."""


@dataclass(frozen=True)
class Counts:
    """How many invitations, events and pending roles name a guest."""

    invitations: int
    events: int
    pending_roles: int


@dataclass
class Erasure:
    """The event in the actor's own chain, what was erased, and whether deleted rows remain in the files."""

    event: Event
    counts: Counts
    rows_remain: bool = False

    def compact(self) -> None:
        """Remove the deleted rows from the database's files."""
        self.rows_remain = not compact()


def count(email: str, *, workspaces: Collection[UUID]) -> Counts:
    """What `erase` would erase now; raises `GuestNotFound`."""
    invitations = list(_invitations(email, workspaces))
    guest = _guest(email, invitations)
    events = audit.count_events(guest, workspaces)
    if not invitations and not events:
        raise GuestNotFound
    return Counts(len(invitations), events, _pending_roles(email, workspaces).count())


def _guest(email: str, invitations: list[Invitation]) -> Guest:
    ids = audit.awork_ids(email) | {one.guest_id for one in invitations if one.guest_id}
    return Guest(email, frozenset(ids), f"erased-{secrets.token_hex(4)}")


def _invitations(email: str, workspaces: Collection[UUID]) -> QuerySet[Invitation]:
    """The invitations of this address; raises `GuestNotFound` where it is none."""
    key = key_of(email)
    if not key:
        raise GuestNotFound
    return Invitation.objects.filter(workspace__in=workspaces, email_key=key)


def _pending_roles(email: str, workspaces: Collection[UUID]) -> QuerySet[PendingRole]:
    return PendingRole.objects.filter(workspace__in=workspaces, email=key_of(email))


def erase(email: str, *, workspaces: Collection[UUID], by: Actor, reason: str) -> Erasure:
    """Replace a guest's data in these workspaces by a pseudonym.

    Raises `InvitationInProgress` and `GuestNotFound`. Caches of other processes expire within a minute.
    Earlier backups and exports are not changed.
    """
    invitations = _invitations(email, workspaces)
    with transaction.atomic():
        found = _lock(invitations)
        guest = _guest(email, found)
        for invitation in found:
            _erase_from_invitation(invitation, guest)
        _erase_comments(found)
        _erase_from_assignees(guest, workspaces)
        _erase_from_endings(email, workspaces)
        _erase_guests(GuestRow.objects.filter(workspace__in=workspaces, email_key=key_of(email)))
        pending_roles, _ = _pending_roles(email, workspaces).delete()
        form_recovery.purge(email)
        events = audit.erase(guest, workspaces=workspaces, by=by, reason=reason, invitations=len(found))
        if invitations.exists():  # saved by another process before the log was locked
            raise InvitationInProgress
        named = sum(len({sequence for sequence, _ in event.details["erased"]}) for event in events)
        if not found and not named:
            raise GuestNotFound
        transaction.on_commit(cache.clear)
        own = next(event for event in events if event.workspace == by.workspace)
        erasure = Erasure(own, Counts(len(found), named, pending_roles))
        transaction.on_commit(erasure.compact)
    return erasure


def _erase_guests(guests: QuerySet[GuestRow]) -> None:
    """Reviews keep what was decided, without the guest and the reason, which may name them.

    Locked, so that no review that starts now adds the guest.
    """
    ReviewItem.objects.filter(guest__in=guests).update(reason="")
    guests = guests.filter(pk__in=list(guests.select_for_update().values_list("pk", flat=True)))
    guests.delete()


def _lock(invitations: QuerySet[Invitation]) -> list[Invitation]:
    """Lock the guest's invitations.

    Raises `InvitationInProgress` also where another guest is being invited to one of the tasks: that process
    may have read this guest's name from awork and not saved it yet.
    """
    found = list(invitations.order_by("pk").select_for_update())
    tasks = {invitation.task_id for invitation in found}
    if Invitation.objects.filter(task_id__in=tasks, state=State.REQUESTED).exists():
        raise InvitationInProgress
    return found


def _erase_from_invitation(invitation: Invitation, guest: Guest) -> None:
    invitation.email, invitation.email_key = "", guest.pseudonym
    invitation.first_name, invitation.last_name, invitation.gender = guest.pseudonym, "", ""
    invitation.awork_message, invitation.guest_id, invitation.next_check_at = "", None, None
    if invitation.state == State.QUEUED:
        invitation.state, invitation.reason = State.NOT_SENT, Reason.ERASED
    # So a check that is running now can't save what it has read.
    invitation.lease_holder = invitation.lease_expires_at = None
    invitation.save()


def _erase_comments(invitations: list[Invitation]) -> None:
    """Delete the texts, and post none that waits: what is posted stays in awork.

    Raises `InvitationInProgress` while awork is asked.
    """
    for comment in TaskComment.objects.filter(invitation__in=invitations).order_by("pk").select_for_update():
        if comment.state == State.REQUESTED and comment.is_leased:
            raise InvitationInProgress
        if comment.state == State.QUEUED:
            comment.state, comment.reason = State.NOT_SENT, Reason.ERASED
        elif comment.state == State.REQUESTED:
            comment.state = State.UNCLEAR
        comment.text = ""
        comment.lease_holder = comment.lease_expires_at = comment.next_check_at = None
        comment.save()


def _erase_from_endings(email: str, workspaces: Collection[UUID]) -> None:
    """Delete what was written about the guest, and end nothing more: nobody would know any longer whose.

    Raises `InvitationInProgress` while awork is asked.
    """
    same = Ending.objects.filter(guest__workspace__in=workspaces, guest__email_key=key_of(email))
    for ending in same.order_by("pk").select_for_update(of=("self",)):
        if ending.state == EndingState.SENDING:
            raise InvitationInProgress
        if ending.state in OPEN_ENDINGS:
            ending.state, ending.reason = EndingState.NOT_DONE, Reason.ERASED
        ending.comment = ending.awork_message = ""
        ending.lease_holder = ending.lease_expires_at = ending.next_check_at = None
        ending.save()


def _erase_from_assignees(guest: Guest, workspaces: Collection[UUID]) -> None:
    """Anonymize the guest in the stored assignees of invitations and endings that came later."""
    for model in (Invitation, Ending):
        _erase_from_assignees_of(model, guest, workspaces)


def _erase_from_assignees_of(
    model: type[Invitation] | type[Ending], guest: Guest, workspaces: Collection[UUID]
) -> None:
    for awork_id in guest.ids:
        texts = {f"{name}_text": Cast(name, TextField()) for name in ASSIGNEE_FIELDS}
        is_named = Q()
        for name in texts:
            is_named |= Q(**{f"{name}__contains": str(awork_id)})
        rows = model.objects.filter(workspace__in=workspaces).annotate(**texts).filter(is_named)
        for row in rows.order_by("pk").select_for_update():
            for name in ASSIGNEE_FIELDS:
                people = getattr(row, name)
                setattr(row, name, [_anonymize(person, awork_id, guest) for person in people])
            row.save(update_fields=ASSIGNEE_FIELDS)


def _anonymize(person: dict[str, Any], awork_id: UUID, guest: Guest) -> dict[str, Any]:
    if person["id"] != str(awork_id):
        return person
    return person | {"first_name": guest.pseudonym, "last_name": ""}
