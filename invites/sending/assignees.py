"""Keeping a task's assignees when a guest is invited to it.

Inviting by e-mail replaces the assignees of a task and deletes their planned efforts. awork's documentation
dropped that sentence in December 2025 without announcing a change, so the desk relies on neither: it compares
the assignees before and after, and reassigns those who are missing. Where a task has room for one assignee
only, that is the guest: reassigning anyone would take the guest off again.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from invites.audit.catalogue import EventType
from invites.audit.record import record
from invites.models import ACTIVE_STATES, UNRESTORED, AssigneesState, Ending, Invitation, Step
from invites.sending import schedule
from invites.sending.locks import task_lock
from portal.actor import Actor
from portal.awork.client import Client
from portal.awork.errors import AworkError, AworkRefused, NotFound
from portal.awork.schemas import Assignee, Exchange

EVENT_TYPES = {
    AssigneesState.KEPT: EventType.ASSIGNEES_KEPT,
    AssigneesState.RESTORED: EventType.ASSIGNEES_RESTORED,
    AssigneesState.NOT_RESTORED: EventType.ASSIGNEES_NOT_RESTORED,
    AssigneesState.UNCHECKED: EventType.ASSIGNEES_NOT_RESTORED,
    AssigneesState.REPLACED: EventType.ASSIGNEES_REPLACED,
    AssigneesState.RELEASED: EventType.ASSIGNEES_RELEASED,
}


@dataclass(frozen=True)
class AssigneesResult:
    """The result of a check: who is missing or was restored, who is new, and the last exchange about it."""

    state: AssigneesState
    missing: tuple[Assignee, ...] = ()
    guest_id: UUID | None = None
    exchange: Exchange | None = None


@dataclass
class AssigneeRepair:
    """One attempt to reassign people; remembers the last exchange for the log."""

    client: Client
    task_id: UUID
    exchange: Exchange | None = field(default=None)

    def reassign(self, missing: tuple[Assignee, ...], current: tuple[Assignee, ...]) -> tuple[Assignee, ...]:
        """Reassign everyone, then restore the planned efforts that awork does not distribute by itself.

        Returns those who can't be assigned any more.
        """
        assigned = {person.id: person for person in current}
        gone = self._assign(list(assigned), [person.id for person in missing if person.id not in assigned])
        efforts = {
            person.id: person.planned_effort
            for person in missing
            if person.id not in gone
            and not person.distributed
            and not has_same_effort(person, assigned.get(person.id))
        }
        if efforts:
            self.exchange = self.client.set_planned_efforts(self.task_id, efforts)
        return tuple(person for person in missing if person.id in gone)

    def _assign(self, assigned: list[UUID], missing: list[UUID]) -> set[UUID]:
        """Assign the missing ones too; returns those of them whom awork refuses because they have left."""
        if not missing:
            return set()
        try:
            self.exchange = self.client.set_assignees(self.task_id, [*assigned, *missing])
        except AworkRefused:
            gone = {user_id for user_id in missing if self._has_left(user_id)}
            if not gone or len(gone) == len(missing):
                raise
            others = [user_id for user_id in missing if user_id not in gone]
            self.exchange = self.client.set_assignees(self.task_id, [*assigned, *others])
            return gone
        return set()

    def _has_left(self, user_id: UUID) -> bool:
        try:
            return self.client.user(user_id).is_deactivated
        except NotFound:
            return True


def has_same_effort(before: Assignee, current: Assignee | None) -> bool:
    """Whether the person is assigned with the effort that was planned for them before."""
    return current is not None and not current.distributed and current.planned_effort == before.planned_effort


def check_assignees(invitation: Invitation, client: Client) -> AssigneesResult:
    """Read the task once more and, if asked for and there is room, reassign everyone who is missing."""
    before = without_ended(invitation, from_json(invitation.assignees_before), invitation.attempted_at)
    try:
        current = client.task(invitation.task_id).assignees
    except AworkError as problem:
        return AssigneesResult(AssigneesState.UNCHECKED, exchange=problem.exchange)
    guest_id = find_new_assignee(invitation, before, current)
    assigned = {person.id for person in current}
    missing = tuple(person for person in before if person.id not in assigned)
    earlier = without_ended(invitation, from_json(invitation.assignees_missing), invitation.attempted_at)
    to_restore = merge(earlier, missing)
    if not to_restore:
        return AssigneesResult(AssigneesState.KEPT, guest_id=guest_id)
    if invitation.allows_several_assignees is False:
        return AssigneesResult(AssigneesState.REPLACED, to_restore, guest_id)
    if not invitation.keep_assignees:
        return AssigneesResult(AssigneesState.RELEASED, missing, guest_id)
    # Saved first: after a crash, people may be assigned but still lack their planned effort.
    invitation.step, invitation.assignees_missing = Step.RESTORING, to_json(to_restore)
    with transaction.atomic():
        invitation.lock()
        invitation.save(update_fields=["step", "assignees_missing"])
    return _restore(AssigneeRepair(client, invitation.task_id), to_restore, current, guest_id)


def without_ended(
    invitation: Invitation, people: tuple[Assignee, ...], since: datetime
) -> tuple[Assignee, ...]:
    """Those whose access to the task has not been ended since then."""
    ended = Ending.ended_since(since, task=invitation.task_id, project=invitation.project_id)
    return tuple(person for person in people if person.id not in ended)


def merge(earlier: tuple[Assignee, ...], later: tuple[Assignee, ...]) -> tuple[Assignee, ...]:
    """Each person once; the earlier entry wins, since its planned effort may not be restored yet."""
    known = {person.id for person in earlier}
    return (*earlier, *(person for person in later if person.id not in known))


def _restore(
    repair: AssigneeRepair,
    missing: tuple[Assignee, ...],
    current: tuple[Assignee, ...],
    guest_id: UUID | None,
) -> AssigneesResult:
    try:
        gone = repair.reassign(missing, current)
    except AworkError as problem:
        return AssigneesResult(AssigneesState.NOT_RESTORED, missing, guest_id, problem.exchange)
    if gone:
        return AssigneesResult(AssigneesState.NOT_RESTORED, gone, guest_id, repair.exchange)
    return AssigneesResult(AssigneesState.RESTORED, missing, guest_id, repair.exchange)


def find_new_assignee(
    invitation: Invitation, before: tuple[Assignee, ...], current: tuple[Assignee, ...]
) -> UUID | None:
    """The guest's awork id: the only new assignee, or the only one with the guest's name; else None."""
    known = {person.id for person in before}
    new = [person for person in current if person.id not in known]
    if len(new) > 1:
        new = [person for person in new if person.name == invitation.guest_name]
    return new[0].id if len(new) == 1 else None


def apply_result(invitation: Invitation, result: AssigneesResult) -> None:
    """Copy the result to the invitation; does not save."""
    invitation.assignees_state = result.state
    invitation.assignees_missing = to_json(result.missing)
    if invitation.state in ACTIVE_STATES:
        invitation.guest_id = invitation.guest_id or result.guest_id


def record_result(invitation: Invitation, result: AssigneesResult, *, by: Actor) -> None:
    """Record the event of a result that was copied to the invitation, with the names stored there."""
    record(
        EVENT_TYPES[result.state],
        by=by,
        snapshot=invitation.snapshot,
        exchange=result.exchange,
        outcome=result.state.value,
        assignees=from_json(invitation.assignees_missing),
    )


def restore_assignees(invitation: Invitation, client: Client, *, by: Actor) -> AssigneesResult:
    """Try once more to reassign everyone; raises `portal.locks.LockBusy` while the task is in use."""
    with task_lock(invitation.task_id):
        invitation.refresh_from_db()
        if invitation.assignees_state not in UNRESTORED:
            return AssigneesResult(AssigneesState(invitation.assignees_state))
        result = check_assignees(invitation, client)
        apply_result(invitation, result)
        with transaction.atomic():
            invitation.lock()
            schedule.schedule_next(invitation)
            invitation.save(
                update_fields=["assignees_state", "assignees_missing", "guest_id", "next_check_at"]
            )
            record_result(invitation, result, by=by)
    return result


def expected_assignees(invitation: Invitation, current: tuple[Assignee, ...]) -> list[dict[str, Any]]:
    """Who has to be assigned after this attempt: the current assignees, and those an earlier one lost."""
    earlier = from_json(invitation.assignees_before)
    return to_json(merge(without_ended(invitation, earlier, invitation.created_at), current))


def to_json(people: Iterable[Assignee]) -> list[dict[str, Any]]:
    """Assignees as they are stored in the invitation's JSON fields."""
    return [
        {
            "id": str(person.id),
            "first_name": person.first_name,
            "last_name": person.last_name,
            "planned_effort": person.planned_effort,
            "distributed": person.distributed,
        }
        for person in people
    ]


def from_json(rows: Iterable[dict[str, Any]]) -> tuple[Assignee, ...]:
    """Assignees from the invitation's JSON fields."""
    return tuple(Assignee(**{**row, "id": UUID(row["id"])}) for row in rows)
