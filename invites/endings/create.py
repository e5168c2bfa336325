"""Save the end of a guest's access, with its events, before awork hears of it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID, uuid4

from django.db import transaction

from invites.audit.catalogue import Json
from invites.audit.record import member, record
from invites.endings.events import REQUESTED
from invites.models import (
    OPEN_ENDINGS,
    Ending,
    EndingCause,
    EndingKind,
    Guest,
    Invitation,
    State,
)
from portal import clock
from portal.actor import Actor
from portal.models import User


@dataclass(frozen=True)
class Target:
    """A task, a project or the workspace, and the invitation that led the guest there."""

    kind: EndingKind
    id: UUID
    name: str
    invitation: Invitation
    key: str = ""


def targets(guest: Guest, kind: EndingKind) -> list[Target]:
    """What `create` would end: each task or project of the guest's invitations once, or the workspace.

    Those of the last invitations come last. What was ended before is among them: someone may have given the
    access back in awork, which only a look there shows.
    """
    if kind in {EndingKind.WORKSPACE, EndingKind.ACTIVATION}:
        return [Target(kind, guest.workspace_id, guest.workspace.name, guest.invitation)]
    found = [_target(kind, one) for one in _invitations(guest)]
    return list({target.id: target for target in found if target}.values())


@transaction.atomic
def create(
    guest: Guest,
    kind: EndingKind,
    *,
    user: User,
    by: Actor,
    cause: EndingCause,
    reason: str = "",
    form_key: UUID | None = None,
    only: Collection[UUID] | None = None,
) -> list[Ending]:
    """Save what ends the guest's access, one row for each call to awork, each with its event.

    awork will be asked with the access of `user`, by the worker or by `invites.endings.send`. `only` narrows
    it to some of the `targets`. What is open already, or was saved from the same form, is returned as it is;
    the list is empty where there is nothing to end. `reason` is free text, which may name people: it isn't in
    the audit log, so that it can be erased with the guest.
    """
    locked = Guest.objects.select_for_update().get(pk=guest.pk)
    known = Ending.objects.filter(guest=locked)
    if form_key and (same_form := list(known.filter(form_key=form_key).order_by("target_key", "id"))):
        return same_form
    open_rows = {row.target_id: row for row in known.filter(kind=kind, state__in=OPEN_ENDINGS)}
    chosen = [target for target in targets(locked, kind) if only is None or target.id in only]
    rows = [open_rows.get(target.id) or _new(locked, target) for target in chosen]
    now, key = clock.now(), form_key or uuid4()
    new = [row for row in rows if row._state.adding]
    for row in new:
        row.form_key, row.user, row.cause, row.comment = key, user, cause, reason
        row.created_at = row.changed_at = row.next_check_at = now
        row.save(force_insert=True)
    for row in new:
        record_request(row, by=by)
    return rows


def record_request(ending: Ending, *, by: Actor) -> None:
    """Record that access is to end, and with whose access to awork where that isn't the actor's."""
    details: dict[str, Json] = {"ending": ending.kind, "cause": ending.cause}
    others = [member(ending.user)] if ending.user.awork_id != by.id else []
    if ending.attempts:
        details["attempt"] = ending.attempts + 1
    type = REQUESTED[ending.is_activation]
    record(type, by=by, snapshot=ending.snapshot, details=details, others=others)


def _invitations(guest: Guest) -> Iterable[Invitation]:
    """Those that awork has confirmed, the oldest first."""
    same = Invitation.objects.filter(workspace=guest.workspace_id, email_key=guest.email_key)
    return same.filter(state=State.SENT).order_by("attempted_at")


def _target(kind: EndingKind, invitation: Invitation) -> Target | None:
    if kind == EndingKind.TASK:
        return Target(kind, invitation.task_id, invitation.task_name, invitation, invitation.task_key)
    if invitation.project_id is None:
        return None
    return Target(kind, invitation.project_id, invitation.project_name, invitation)


def _new(guest: Guest, target: Target) -> Ending:
    return Ending(
        workspace_id=guest.workspace_id,
        guest=guest,
        invitation=target.invitation,
        kind=target.kind,
        target_id=target.id,
        target_key=target.key,
        target_name=target.name,
    )
