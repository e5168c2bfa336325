"""Taking turns on a task: two invitations at one moment would undo each other's assignees."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from portal.awork import deadline
from portal.awork.wire import CALL_SECONDS
from portal.claims import claim

# An invitation makes five calls. A GET is tried again while 20 seconds are not over, no call takes more than
# 45, a renewal of the sign-in with its probe may come on top of one, and waits for awork's limits add 10 to
# a page: less than 500 in all. A claim that runs out earlier would let the next one in too soon.
LEASE_SECONDS = 600
WAIT_SECONDS = 30


@contextmanager
def turn_on(task_id: UUID) -> Iterator[None]:
    """Be alone on the task for the block; raises `portal.claims.Busy` after 30 seconds in vain.

    Whoever comes to it late, because the machine slept or awork's limits were spent, asks awork nothing more.
    """
    with (
        claim(f"task:{task_id}", seconds=LEASE_SECONDS, wait=WAIT_SECONDS),
        deadline.nothing_after(LEASE_SECONDS - CALL_SECONDS),
    ):
        yield
