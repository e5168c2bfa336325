"""Posting comments once their invitations are sent. Each is posted once, or it is unclear and looked for.

Whatever becomes of a comment changes nothing about the invitation.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.db import transaction

from invites.audit.catalogue import EventType, Evidence
from invites.audit.record import record
from invites.comments.text import is_same
from invites.models import Reason, State, TaskComment
from invites.sending import locks
from invites.sending.result import NOT_SENT_REASONS, SendResult, result_of
from invites.sending.schedule import CHECK_INTERVALS
from portal import actor, clock
from portal.actor import Actor
from portal.awork import timeouts
from portal.awork.client import Client
from portal.awork.errors import AworkError
from portal.awork.schemas import Exchange
from portal.awork.tokens import client_for
from portal.each import run_each
from portal.roles import Permission

AT_ONCE = 50  # comments that one run of the duty handles
RETRIES = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1))
SETTLE_TIME = timedelta(minutes=5)  # far longer than awork works on a request
CLOCK_SKEW = timedelta(minutes=1)

EVENT_TYPES = {
    State.SENT: EventType.COMMENT_POSTED,
    State.REFUSED: EventType.COMMENT_NOT_POSTED,
    State.NOT_SENT: EventType.COMMENT_NOT_POSTED,
    State.UNCLEAR: EventType.COMMENT_UNCLEAR,
}


def post_due(go_on: Callable[[], bool]) -> int:
    """Post or look for the comments that are due, as long as `go_on()` is true; returns how many.

    Raises the last unexpected error.
    """
    keys = list(TaskComment.due().order_by("next_check_at").values_list("pk", flat=True)[:AT_ONCE])
    return run_each(((key, partial(_handle, key)) for key in keys), go_on, duty="post-comments")


def _handle(key: UUID) -> bool:
    comment = TaskComment.due().filter(pk=key).select_related("invitation__inviter").first()
    if comment is None or not locks.take_lease(comment):  # another worker has handled it
        return False
    try:
        with locks.held_lease(comment), timeouts.background():
            if comment.state == State.QUEUED:
                _post(comment)
            else:
                _look(comment)
    except locks.LeaseLost:
        return False
    return True


def _post(comment: TaskComment) -> None:
    """Make the one call that posts it, or say why it isn't made."""
    comment.state, comment.attempts, comment.attempted_at = State.REQUESTED, comment.attempts + 1, clock.now()
    locks.save_leased(comment)
    result = _ask(comment)
    if result.is_temporary and comment.attempts <= len(RETRIES):
        comment.state, comment.reason = State.QUEUED, result.reason
        comment.next_check_at = clock.now() + RETRIES[comment.attempts - 1]
        locks.save_leased(comment, done=True)
    else:
        _save(comment, result, by=actor.for_user(comment.invitation.inviter))


def _ask(comment: TaskComment) -> SendResult:
    inviter = comment.invitation.inviter
    if Permission.INVITE not in inviter.permissions:
        return SendResult(State.NOT_SENT, Reason.INVITER_RIGHT)
    try:
        client = client_for(inviter)
    except AworkError as problem:
        reason = NOT_SENT_REASONS.get(type(problem), Reason.UNREACHABLE)
        return SendResult(State.NOT_SENT, reason, exchange=problem.exchange, is_temporary=True)

    def post() -> Exchange:
        task_id, is_hidden = comment.invitation.task_id, comment.is_hidden
        posted = client.add_comment(task_id, comment.text, is_hidden_for_connect=is_hidden)
        comment.awork_id = posted.id
        return posted.exchange

    return result_of(post)


def _look(comment: TaskComment) -> None:
    """Look among the task's comments whether it was posted; that it isn't there proves it after a while."""
    by = actor.for_system(comment.invitation.workspace_id)
    was_requested = comment.state == State.REQUESTED  # its process died
    try:
        found = _find(comment, client_for(comment.invitation.inviter))
        is_known = True
    except AworkError:
        found, is_known = None, False
    if found:
        comment.awork_id = found
        _save(comment, SendResult(State.SENT), by=by, evidence=Evidence.COMMENTS)
    elif is_known and _was_long_ago(comment.attempted_at):
        _save(comment, SendResult(State.NOT_SENT, Reason.NO_ANSWER), by=by, evidence=Evidence.COMMENTS)
    elif was_requested:
        _save(comment, SendResult(State.UNCLEAR, Reason.INTERRUPTED), by=by)
    else:
        comment.check_count += 1
        _schedule(comment)
        locks.save_leased(comment, done=True)


def _find(comment: TaskComment, client: Client) -> UUID | None:
    """The comment in awork: of this person, with this text, of that time, and of no other invitation."""
    inviter = comment.invitation.inviter
    same = [
        one.id
        for one in client.comments(comment.invitation.task_id)
        if one.user_id == inviter.awork_id
        and is_same(one.text, comment.text)
        and _is_since(one.created_on, comment.attempted_at)
    ]
    others = set(TaskComment.objects.filter(awork_id__in=same).values_list("awork_id", flat=True))
    return next((one for one in same if one not in others), None)


def _is_since(created_on: str, attempted_at: datetime | None) -> bool:
    try:
        created = datetime.fromisoformat(created_on)
    except ValueError:
        return False
    is_aware = created.tzinfo is not None
    return attempted_at is None or (is_aware and created >= attempted_at - CLOCK_SKEW)


def _was_long_ago(attempted_at: datetime | None) -> bool:
    return attempted_at is not None and attempted_at < clock.now() - SETTLE_TIME


def _schedule(comment: TaskComment) -> None:
    """Plan the next look of an unclear one, or none if it was looked for often enough."""
    has_next = comment.state == State.UNCLEAR and comment.check_count < len(CHECK_INTERVALS)
    comment.next_check_at = clock.now() + CHECK_INTERVALS[comment.check_count] if has_next else None


def _save(comment: TaskComment, result: SendResult, *, by: Actor, evidence: Evidence | None = None) -> None:
    """Save what is known now, with its event."""
    comment.state, comment.reason = result.state, result.reason[:40]
    _schedule(comment)
    details = {"reason": result.reason, "evidence": evidence.value if evidence else ""}
    with transaction.atomic():
        locks.save_leased(comment, done=True)
        record(
            EVENT_TYPES[result.state],
            by=by,
            snapshot=comment.invitation.snapshot,
            exchange=result.exchange,
            outcome=result.state.value,
            details={name: value for name, value in details.items() if value},
        )
