"""Whoever was assigned before an invitation stays assigned after it.

Inviting by e-mail replaces the assignees of a task, and takes their planned efforts with them. awork
dropped that sentence from its documentation in December 2025 and never announced a change, so the portal
is right whether awork replaces or appends: it compares, and puts back whoever went missing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction

from invites.audit.catalogue import EventType
from invites.audit.record import record
from invites.models import ACTIVE_STATES, UNRESTORED, AssigneesState, Invitation, Step
from invites.sending import schedule
from invites.sending.locks import task_lock
from portal.actor import Actor
from portal.awork.client import Client
from portal.awork.errors import AworkError
from portal.awork.schemas import Assignee, Exchange

EVENTS = {
    AssigneesState.KEPT: EventType.ASSIGNEES_KEPT,
    AssigneesState.RESTORED: EventType.ASSIGNEES_RESTORED,
    AssigneesState.NOT_RESTORED: EventType.ASSIGNEES_NOT_RESTORED,
    AssigneesState.UNCHECKED: EventType.ASSIGNEES_NOT_RESTORED,
    AssigneesState.RELEASED: EventType.ASSIGNEES_RELEASED,
}


@dataclass(frozen=True)
class AssigneesResult:
    """What became of the team: who was or is missing, who is new, and the last exchange about it."""

    team: AssigneesState
    missing: tuple[Assignee, ...] = ()
    guest_id: UUID | None = None
    exchange: Exchange | None = None


@dataclass
class AssigneeRepair:
    """One attempt to put people back on a task; remembers the last exchange for the log."""

    client: Client
    task_id: UUID
    exchange: Exchange | None = field(default=None)

    def reassign(self, lost: Iterable[Assignee], now: tuple[Assignee, ...]) -> None:
        """Assign everybody, then give back the efforts that awork does not distribute by itself."""
        lost = list(lost)
        present = {person.id: person for person in now}
        if any(person.id not in present for person in lost):
            everybody = list(dict.fromkeys([*present, *(person.id for person in lost)]))
            self.exchange = self.client.set_assignees(self.task_id, everybody)
        efforts = {
            person.id: person.planned_effort
            for person in lost
            if not person.distributed and not same_effort(person, present.get(person.id))
        }
        if efforts:
            self.exchange = self.client.set_planned_efforts(self.task_id, efforts)


def same_effort(before: Assignee, now: Assignee | None) -> bool:
    """Whether the person is assigned with the effort that was planned for them."""
    return now is not None and not now.distributed and now.planned_effort == before.planned_effort


def check_assignees(invitation: Invitation, client: Client) -> AssigneesResult:
    """Read the task again and, where the inviter asked for it, put back whoever went missing."""
    before = load(invitation.assignees_before)
    try:
        now = client.task(invitation.task_id).assignees
    except AworkError as problem:
        return AssigneesResult(AssigneesState.UNCHECKED, exchange=problem.exchange)
    guest_id = find_new_assignee(invitation, before, now)
    present = {person.id for person in now}
    missing = tuple(person for person in before if person.id not in present)
    lost = _merged(load(invitation.assignees_missing), missing)
    if not lost:
        return AssigneesResult(AssigneesState.KEPT, guest_id=guest_id)
    if not invitation.keep_assignees:
        return AssigneesResult(AssigneesState.RELEASED, missing, guest_id)
    # Whoever comes after a crash must know: awork may give back the people and not their efforts.
    invitation.step, invitation.assignees_missing = Step.RESTORING, dump(lost)
    invitation.save(update_fields=["step", "assignees_missing"])
    return _restore(AssigneeRepair(client, invitation.task_id), lost, now, guest_id)


def _merged(earlier: tuple[Assignee, ...], later: tuple[Assignee, ...]) -> tuple[Assignee, ...]:
    """Each once, as they were earlier: who is back on the task may still lack their effort."""
    known = {person.id for person in earlier}
    return (*earlier, *(person for person in later if person.id not in known))


def _restore(
    repair: AssigneeRepair, lost: tuple[Assignee, ...], now: tuple[Assignee, ...], guest_id: UUID | None
) -> AssigneesResult:
    try:
        repair.reassign(lost, now)
    except AworkError as problem:
        return AssigneesResult(AssigneesState.NOT_RESTORED, lost, guest_id, problem.exchange)
    return AssigneesResult(AssigneesState.RESTORED, lost, guest_id, repair.exchange)


def find_new_assignee(
    invitation: Invitation, before: tuple[Assignee, ...], now: tuple[Assignee, ...]
) -> UUID | None:
    """The guest's awork id: the assignee who is new, by name where several are; None where unsure."""
    known = {person.id for person in before}
    new = [person for person in now if person.id not in known]
    if len(new) > 1:
        new = [person for person in new if person.name == invitation.guest]
    return new[0].id if len(new) == 1 else None


def save_result(invitation: Invitation, outcome: AssigneesResult, *, by: Actor) -> None:
    """Write what became of the team, with its event; to be called inside a transaction."""
    invitation.team = outcome.team
    invitation.assignees_missing = dump(outcome.missing)
    if invitation.state in ACTIVE_STATES:
        invitation.guest_id = invitation.guest_id or outcome.guest_id
    schedule.schedule_next(invitation)
    invitation.save(update_fields=["team", "assignees_missing", "guest_id", "next_check_at"])
    record(
        EVENTS[outcome.team],
        by=by,
        snapshot=invitation.snapshot,
        exchange=outcome.exchange,
        outcome=outcome.team.value,
        team=outcome.missing,
    )


def restore_assignees(invitation: Invitation, client: Client, *, by: Actor) -> AssigneesResult:
    """Try once more to put the team back; raises `portal.locks.LockBusy` while the task is in use."""
    with task_lock(invitation.task_id):
        invitation.refresh_from_db()
        if invitation.team not in UNRESTORED:
            return AssigneesResult(AssigneesState(invitation.team))
        outcome = check_assignees(invitation, client)
        with transaction.atomic():
            save_result(invitation, outcome, by=by)
    return outcome


def expected_assignees(invitation: Invitation, now: tuple[Assignee, ...]) -> list[dict[str, Any]]:
    """Who is to be on the task after an attempt: those who are, and who an earlier one could not put back."""
    return dump(_merged(load(invitation.assignees_before), now))


def dump(people: Iterable[Assignee]) -> list[dict[str, Any]]:
    """Assignees as the invitation's row keeps them."""
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


def load(rows: Iterable[dict[str, Any]]) -> tuple[Assignee, ...]:
    """The reverse of `dump`."""
    return tuple(Assignee(**{**row, "id": UUID(row["id"])}) for row in rows)
