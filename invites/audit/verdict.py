"""What a verification has found, written into the chain that it was about."""

from django.db import transaction

from invites.audit import checkpoints
from invites.audit.catalogue import EventType
from invites.audit.record import record
from invites.audit.verify import Result
from portal.actor import Actor


@transaction.atomic
def keep(result: Result, *, by: Actor) -> None:
    """Write the result into the chain, and sign the end of one that is whole."""
    problem = result.problem
    event = record(
        EventType.VERIFIED,
        by=by,
        outcome="broken" if problem else "whole",
        details={
            "events": result.count,
            "checkpoints": result.checkpoints,
            **({"sequence": problem.sequence, "problem": problem.what} if problem else {}),
        },
    )
    if not problem:
        checkpoints.create(event)
