"""Restoring a backup loses the events after it; an event in each chain names them, and takes their place.

Their numbers are not used again, since checkpoints outside the database may be about them. The `restored`
event has the number after the last of them, and contains the hash of the last event in the backup. Its
details are `last_before` and `last_after`: the chain's last event before the restore and after it.
"""

from uuid import UUID

from django.db import transaction

from invites.audit import chain, checkpoints
from invites.audit.catalogue import EventType, Json
from invites.audit.models import Event
from invites.audit.record import record
from invites.audit.verify import workspaces
from portal.actor import Actor


def known_ends() -> dict[UUID, int]:
    """The highest number that is known of each chain, from the database and AUDIT_CHECKPOINTS."""
    chains = workspaces()
    lines = [*checkpoints.published_lines(), *checkpoints.stored_lines(chains)]
    known = [(one.workspace, one.sequence) for one in checkpoints.signed(lines)]
    known += [(one, last.sequence) for one in chains if (last := chain.last(one))]
    return {one: max(number for chain, number in known if chain == one) for one, _ in known}


@transaction.atomic
def record_restore(last_before: int | None, *, by: Actor) -> Event:
    """Record in the actor's chain that it was restored; `last_before` is None where that is unknown.

    Nothing is published: the database may be a copy to try the restore with.
    """
    chain.lock(by.workspace)
    last = chain.last(by.workspace)
    after = last.sequence if last else 0
    details: dict[str, Json] = {"last_after": after}
    if last_before is not None:
        details["last_before"] = max(last_before, after)
    event = record(
        EventType.RESTORED, by=by, details=details, numbered_after=last_before or 0, publishing=False
    )
    checkpoints.create(event, publishing=False)
    return event
