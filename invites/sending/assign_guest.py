"""Assigning a guest who is in the project already: to one more task of it, without an invitation.

The task keeps everyone who is on it. The request is recorded before awork is asked, and the outcome after.
Doing it again does no harm, so an unclear outcome needs no check: the task itself shows it.
"""

from dataclasses import dataclass, replace
from uuid import UUID

from django.db import transaction

from invites.audit import chain
from invites.audit.catalogue import EventType
from invites.audit.models import Event, Person
from invites.audit.record import record
from invites.audit.snapshot import Snapshot
from invites.models import Reason, State
from invites.policy.recheck import recheck_task
from invites.sending.locks import task_lock
from invites.sending.send import NOT_SENT_REASONS, REASONS_WITHOUT_CODE
from portal.actor import Actor
from portal.awork.client import Client
from portal.awork.errors import AworkError, AworkRefused, Unclear
from portal.awork.schemas import AworkUser, Exchange, Task

EVENT_TYPES = {
    State.SENT: EventType.GUEST_ASSIGNED,
    State.REFUSED: EventType.GUEST_NOT_ASSIGNED,
    State.NOT_SENT: EventType.GUEST_NOT_ASSIGNED,
    State.UNCLEAR: EventType.GUEST_ASSIGNMENT_UNCLEAR,
}


@dataclass(frozen=True)
class AssignResult:
    """SENT where awork confirmed it; `reason` is a `Reason` or a code of awork."""

    state: State
    reason: str = ""
    awork_message: str = ""
    exchange: Exchange | None = None


def assign_guest(guest: AworkUser, task_id: UUID, client: Client, *, by: Actor) -> AssignResult:
    """Assign the guest to the task besides everyone who is on it.

    Raises `portal.locks.LockBusy`, and an `AworkError` where the actor can't read the task.
    """
    with task_lock(task_id) as lock:
        task = client.task(task_id)
        assigned = [person.id for person in task.assignees]
        if guest.id in assigned:
            return AssignResult(State.SENT)
        if denied := recheck_task(by.workspace, task):
            return AssignResult(State.NOT_SENT, denied)
        snapshot = _snapshot(guest, task)
        with transaction.atomic():
            request = record(EventType.GUEST_ASSIGNMENT_REQUESTED, by=by, snapshot=snapshot)
        result = _ask_awork(client, task_id, [*assigned, guest.id])
        with transaction.atomic():
            lock.release_on_commit()
            _record_result(request, snapshot, result, by)
    return result


def _snapshot(guest: AworkUser, task: Task) -> Snapshot:
    return Snapshot(
        task_id=task.id,
        task_key=task.key,
        task_name=task.name,
        project_id=task.project_id,
        project_name=task.project,
        guest_id=guest.id,
        email=guest.email,
        first_name=guest.first_name,
        last_name=guest.last_name,
    )


def _ask_awork(client: Client, task_id: UUID, user_ids: list[UUID]) -> AssignResult:
    try:
        return AssignResult(State.SENT, exchange=client.set_assignees(task_id, user_ids))
    except Unclear as problem:
        return AssignResult(State.UNCLEAR, Reason.NO_ANSWER, exchange=problem.exchange)
    except AworkRefused as problem:
        reason = problem.exchange.code or REASONS_WITHOUT_CODE.get(type(problem), Reason.REFUSED)
        return AssignResult(State.REFUSED, reason, problem.description, problem.exchange)
    except AworkError as problem:
        return AssignResult(State.NOT_SENT, NOT_SENT_REASONS[type(problem)], exchange=problem.exchange)


def _record_result(request: Event, snapshot: Snapshot, result: AssignResult, by: Actor) -> None:
    chain.lock(by.workspace)  # no erasure comes between this look and the event
    if not Person.objects.filter(event=request.id).exists():  # the guest was erased during the call
        snapshot = replace(snapshot, guest_id=None, email="", first_name="", last_name="")
    record(
        EVENT_TYPES[result.state],
        by=by,
        snapshot=snapshot,
        exchange=result.exchange,
        outcome=result.state.value,
        details={"reason": result.reason} if result.reason else None,
    )
