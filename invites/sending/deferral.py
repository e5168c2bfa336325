"""Guests of one batch on the same task: who is assigned is checked once, after the last of them.

Each invitation replaces the assignees; restoring them after every guest would double the calls. A line that
leaves the check to the next one is DEFERRED: it remembers everyone who must be on the task at the end. The
next line takes that over when it is saved itself. Where no line follows, a check with awork is due at once.
"""

from django.db.models import QuerySet

from invites.models import AssigneesState, Batch, BatchState, Invitation, State
from invites.sending import assignees
from portal import clock
from portal.awork.schemas import Assignee

MAX_ATTEMPTS = 5  # of a line without anybody's asking


def take_over(invitation: Invitation, current: tuple[Assignee, ...]) -> None:
    """Add the assignees that earlier lines left to be restored; the last of their guests is known now."""
    if invitation.batch_id is None:
        return
    earlier = _deferred(invitation).exclude(email="").order_by("-attempted_at").first()
    if earlier is None:
        return
    before = assignees.without_ended(
        earlier, assignees.from_json(earlier.assignees_before), earlier.attempted_at
    )
    guest = assignees.find_new_assignee(earlier, before, current)
    if guest and not earlier.guest_id:
        Invitation.objects.filter(pk=earlier.pk).exclude(email="").update(guest_id=guest)
    invitation.assignees_before = assignees.to_json(
        assignees.merge(before, assignees.from_json(invitation.assignees_before))
    )


def defer(invitation: Invitation) -> bool:
    """Whether a later line of the batch will check the assignees; if so, marks this one, without saving.

    Within a transaction: locks the batch, so that nobody pauses it in between.
    """
    batch = _lock_batch(invitation)
    if batch is None or batch.state != BatchState.RUNNING or not _follows(invitation):
        return False
    invitation.assignees_state = AssigneesState.DEFERRED
    return True


def settle(invitation: Invitation) -> None:
    """Relieve the earlier lines of what this one does for them; to call before it is saved as sent or not.

    Within a transaction: locks the batch.
    """
    batch = _lock_batch(invitation)
    if batch is None:
        return
    if invitation.state in {State.SENT, State.UNCLEAR}:
        _deferred(invitation).update(assignees_state=AssigneesState.PASSED_ON)
    elif batch.state != BatchState.RUNNING or not _follows(invitation):
        _make_due(_deferred(invitation))


def is_open(invitation: Invitation) -> bool:
    """Whether a worker may send this line later. Within a transaction: locks the batch."""
    batch = _lock_batch(invitation)
    return batch is not None and batch.is_open


def goes_on(invitation: Invitation) -> Batch | None:
    """The batch of a line found not sent, if the line may be queued again: it was not paused or stopped.

    Locks the batch; one that is done runs again.
    """
    batch = _lock_batch(invitation)
    if batch is None or batch.state not in {BatchState.RUNNING, BatchState.DONE}:
        return None
    if invitation.attempts >= MAX_ATTEMPTS:
        return None
    if batch.state == BatchState.DONE:
        batch.state, batch.changed_at = BatchState.RUNNING, clock.now()
        batch.save(update_fields=["state", "changed_at"])
    return batch


def end(batch: Batch) -> None:
    """Restore the assignees now: no more lines follow for a while. The caller has locked the batch."""
    _make_due(batch.invitations.filter(assignees_state=AssigneesState.DEFERRED))


def _lock_batch(invitation: Invitation) -> Batch | None:
    """Its batch, locked; None for one that was sent alone."""
    if invitation.batch_id is None:
        return None
    return Batch.objects.select_for_update().get(pk=invitation.batch_id)


def _deferred(invitation: Invitation) -> QuerySet[Invitation]:
    return _same_task(invitation).filter(assignees_state=AssigneesState.DEFERRED)


def _follows(invitation: Invitation) -> bool:
    return _same_task(invitation).filter(state=State.QUEUED).exists()


def _same_task(invitation: Invitation) -> QuerySet[Invitation]:
    """The other lines of its batch for the same task."""
    same_task = Invitation.objects.filter(batch=invitation.batch_id, task_id=invitation.task_id)
    return same_task.exclude(pk=invitation.pk)


def _make_due(lines: QuerySet[Invitation]) -> None:
    lines.update(assignees_state=AssigneesState.UNCHECKED, next_check_at=clock.now())
