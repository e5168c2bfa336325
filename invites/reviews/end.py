"""Ending the access of a guest in a review: off the tasks that they were invited to."""

from uuid import UUID

from invites.endings.create import create, targets
from invites.models import EndingCause, EndingKind, Guest, ReviewItem
from portal.actor import Actor
from portal.models import User


def end(item: ReviewItem, guest: Guest, *, user: User, by: Actor) -> None:
    """Save what ends it, to be done by a worker with the access of `user`; within a transaction.

    In the review of a project, its tasks only. Records events, so that nothing can be locked after it.
    """
    rows = create(
        guest,
        EndingKind.TASK,
        user=user,
        by=by,
        cause=EndingCause.REVIEW,
        reason=item.reason,
        only=_tasks(guest, item.review.project_id),
    )
    item.endings.set(rows)


def _tasks(guest: Guest, project: UUID | None) -> list[UUID] | None:
    if project is None:
        return None
    return [one.id for one in targets(guest, EndingKind.TASK) if one.invitation.project_id == project]
