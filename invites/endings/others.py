"""Everyone else on the task stays assigned: who is missing after a guest was unassigned is reassigned."""

from dataclasses import dataclass

from invites.audit.record import record
from invites.models import AssigneesState, Ending
from invites.sending import locks
from invites.sending.assignees import (
    EVENT_TYPES,
    AssigneeRepair,
    from_json,
    has_same_effort,
    merge,
    to_json,
)
from portal.actor import Actor
from portal.awork.client import Client
from portal.awork.errors import AworkError
from portal.awork.schemas import Assignee, Exchange


@dataclass(frozen=True)
class Restoration:
    """Who was missing, and whether they are all assigned again."""

    state: AssigneesState
    people: tuple[Assignee, ...]
    exchange: Exchange | None = None


def lost(ending: Ending, current: tuple[Assignee, ...], *, at_once: bool) -> tuple[Assignee, ...]:
    """Who was assigned before and isn't any more.

    `at_once`, before anybody can have changed it: also who has lost the effort planned for them.
    """
    now = {person.id: person for person in current}
    before = from_json(ending.assignees_before)
    return tuple(
        person
        for person in before
        if person.id not in now
        or (at_once and not person.distributed and not has_same_effort(person, now[person.id]))
    )


def restore(
    ending: Ending, client: Client | None, current: tuple[Assignee, ...], *, at_once: bool
) -> Restoration | None:
    """Assign everyone again who is missing; None if nobody is. The caller holds the task's lock.

    Sets `assignees_missing` to those who are still missing.
    """
    found = merge(from_json(ending.assignees_missing), lost(ending, current, at_once=at_once))
    project = ending.invitation.project_id
    ended = Ending.ended_since(ending.created_at, task=ending.target_id, project=project)
    missing = tuple(person for person in found if person.id not in ended)
    if not missing:
        ending.assignees_missing = []
        return None
    ending.assignees_missing = to_json(missing)
    locks.save_leased(ending)  # after a crash, people may be assigned but still lack their planned effort
    if client is None:
        return Restoration(AssigneesState.NOT_RESTORED, missing)
    repair = AssigneeRepair(client, ending.target_id)
    try:
        gone = repair.reassign(missing, current)
        now = {person.id for person in client.task(ending.target_id).assignees}
    except AworkError as problem:
        return Restoration(AssigneesState.NOT_RESTORED, missing, problem.exchange)
    left = tuple(person for person in missing if person in gone or person.id not in now)
    ending.assignees_missing = to_json(left)
    if left:
        return Restoration(AssigneesState.NOT_RESTORED, left, repair.exchange)
    return Restoration(AssigneesState.RESTORED, missing, repair.exchange)


def record_restoration(ending: Ending, restoration: Restoration, *, by: Actor) -> None:
    """Record who was assigned again, or could not be."""
    record(
        EVENT_TYPES[restoration.state],
        by=by,
        snapshot=ending.snapshot,
        exchange=restoration.exchange,
        outcome=restoration.state.value,
        details={"ending": ending.kind},
        assignees=restoration.people,
    )
