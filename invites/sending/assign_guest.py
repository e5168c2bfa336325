"""Assigning a guest who is in the project already: to one more task of it, without an invitation.

The task keeps everyone who is on it. The request is recorded before awork is asked, and the outcome after.
Doing it again does no harm, so an unclear outcome needs no check: the task itself shows it.
"""

from dataclasses import replace
from uuid import UUID

from django.db import transaction

from invites.audit import chain
from invites.audit.catalogue import EventType
from invites.audit.models import Event, Person
from invites.audit.record import record
from invites.audit.snapshot import Snapshot
from invites.models import State
from invites.policy.recheck import recheck_task
from invites.sending.locks import task_lock
from invites.sending.result import SendResult, result_of
from portal.actor import Actor
from portal.awork.client import Client
from portal.awork.schemas import AworkUser, Task

EVENT_TYPES = {
    State.SENT: EventType.GUEST_ASSIGNED,
    State.REFUSED: EventType.GUEST_NOT_ASSIGNED,
    State.NOT_SENT: EventType.GUEST_NOT_ASSIGNED,
    State.UNCLEAR: EventType.GUEST_ASSIGNMENT_UNCLEAR,
}


def assign_guest(guest: AworkUser, task_id: UUID, client: Client, *, by: Actor) -> SendResult:
    """Assign the guest to the task besides everyone who is on it.

    Raises `portal.locks.LockBusy`, and an `AworkError` where the actor can't read the task.
    """
    with task_lock(task_id) as lock:
        task = client.task(task_id)
        assigned = [person.id for person in task.assignees]
        if guest.id in assigned:
            return SendResult(State.SENT)
        if denied := recheck_task(by.workspace, task):
            return SendResult(State.NOT_SENT, denied)
        snapshot = _snapshot(guest, task)
        with transaction.atomic():
            request = record(EventType.GUEST_ASSIGNMENT_REQUESTED, by=by, snapshot=snapshot)
        result = result_of(lambda: client.set_assignees(task_id, [*assigned, guest.id]))
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


def _record_result(request: Event, snapshot: Snapshot, result: SendResult, by: Actor) -> None:
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
