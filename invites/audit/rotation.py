"""Replacing the key that signs the checkpoints, with an event in each chain that hands it over."""

from uuid import UUID

from django.conf import settings
from django.db import transaction

from invites.audit import chain, checkpoints, keys
from invites.audit.catalogue import EventType
from invites.audit.chain import GENESIS
from invites.audit.models import Event
from invites.audit.record import record
from invites.audit.verify import workspaces
from portal.actor import PORTAL_WORKSPACE, for_command

ONE_KEY = "AUDIT_KEY has one key only. Put the new key before it, with a comma between them."
WRONG_ORDER = "The first key of AUDIT_KEY signs already. Put the new key before the present one."
USED_BEFORE = "The first key of AUDIT_KEY was replaced before, and can't be used again. Create another one."
MISSING = "AUDIT_KEY lacks the present key, whose public key is {}. Add it behind the new one."


class RotationError(Exception):
    """The key can't be replaced; says why."""


@transaction.atomic
def rotate() -> list[Event]:
    """Hand each chain over to the first key of AUDIT_KEY; returns the events, none if that was done before.

    All chains or none; other writers wait meanwhile. Raises `RotationError`.
    """
    new, *others = keys.own()
    if not others:
        raise RotationError(ONE_KEY)
    chains = sorted({PORTAL_WORKSPACE, *settings.AWORK_WORKSPACES, *workspaces()})
    for workspace in chains:
        chain.lock(workspace)
    retired = {one.key for one in checkpoints.parsed(checkpoints.handovers(chains)) if one.is_valid}
    if new in retired:
        raise RotationError(USED_BEFORE)
    for newest in filter(None, map(checkpoints.newest, chains)):
        if newest.key not in {new, *others, *retired}:
            raise RotationError(MISSING.format(newest.key))
    present = {workspace: checkpoints.public_key(workspace) for workspace in chains}
    due = [workspace for workspace, key in present.items() if key != new]
    if not due and not retired.issuperset(others):
        raise RotationError(WRONG_ORDER)
    return [_hand_over(workspace, present[workspace], new) for workspace in due]


def _hand_over(workspace: UUID, key: str, successor: str) -> Event:
    end = chain.last(workspace)
    sequence, hash = (end.sequence, end.hash) if end else (0, GENESIS)
    line = checkpoints.hand_over(workspace, sequence, hash, key, successor)
    checkpoints.store(workspace, sequence, line)
    by = for_command(workspace, "rotate_audit_key")
    event = record(EventType.KEY_ROTATED, by=by, details={"handover": line})
    checkpoints.create(event)
    return event
