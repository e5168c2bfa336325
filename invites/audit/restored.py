"""Restoring a backup loses the events after it; an event in each chain names them, and takes their place.

Their numbers are not used again, since checkpoints outside the database may be about them. The `restored`
event has the number after the last of them, and contains the hash of the last event in the backup. Its
details are `last_before` and `last_after`: the last known event before the restore, and that of the backup.
"""

from collections.abc import Collection, Iterable
from uuid import UUID

from django.db import transaction

from invites.audit import chain, checkpoints, delivery
from invites.audit.catalogue import EventType, Json
from invites.audit.checkpoints import Statement
from invites.audit.keyring import accepted
from invites.audit.models import Event
from invites.audit.record import record
from invites.audit.undecoded import undecoded_text
from portal.actor import Actor


@undecoded_text()
def known_ends(lines: Iterable[str], chains: Collection[UUID]) -> dict[UUID, int]:
    """The last known event of each chain: by these checkpoints and, for `chains`, by the database."""
    known = [(one.workspace, one.sequence) for one in _statements(lines, chains)]
    known += [(one, last.sequence) for one in chains if (last := chain.last(one))]
    return {one: max(number for chain, number in known if chain == one) for one, _ in known}


@undecoded_text()
def known_handovers(lines: Iterable[str], chains: Collection[UUID]) -> list[Statement]:
    """The handovers of keys among the same checkpoints, without which those of retired keys count nothing."""
    return [one for one in _statements(lines, chains) if one.is_handover()]


def _statements(lines: Iterable[str], chains: Collection[UUID]) -> list[Statement]:
    return accepted([*lines, *checkpoints.stored_lines(chains)])


@transaction.atomic
def record_restore(known_end: int, handovers: Iterable[Statement] = (), *, by: Actor) -> Event:
    """Record in the actor's chain that it was restored, and sign it; `known_end` was the last known event.

    Of the known `handovers`, those of this chain are stored if the backup lacks them. Nothing is delivered:
    the database may be a copy to try the restore with.
    """
    chain.lock(by.workspace)
    stored = checkpoints.handovers([by.workspace])
    last = chain.last(by.workspace)
    after = last.sequence if last else 0
    before = max(known_end, after)
    details: dict[str, Json] = {"last_after": after, "last_before": before}
    with delivery.unpublished():
        for one in {one.line: one for one in handovers if one.workspace == by.workspace}.values():
            if one.line not in stored:
                checkpoints.store(one.workspace, one.sequence, one.line)
        event = record(EventType.RESTORED, by=by, details=details, numbered_after=before)
        checkpoints.create(event)
    return event
