"""Taking turns on a task: two invitations at one moment would undo each other's assignees."""

from contextlib import AbstractContextManager
from uuid import UUID

from portal.claims import claim

# An invitation makes five calls of at most 20 seconds each, and a renewal of the sign-in with its probe
# may come on top of each. A claim that runs out earlier would let the next one in too soon.
LEASE_SECONDS = 300
WAIT_SECONDS = 30


def turn_on(task_id: UUID) -> AbstractContextManager[None]:
    """Be alone on the task for the block; raises `portal.claims.Busy` after 30 seconds in vain."""
    return claim(f"task:{task_id}", seconds=LEASE_SECONDS, wait=WAIT_SECONDS)
