"""The dry run: what would become of each line of a list of guests, before anybody is invited."""

from collections.abc import Sequence

from invites.batches.checked import Check, CheckedLine
from invites.batches.lines import Line
from portal.actor import Actor
from portal.models import User


def check(
    lines: Sequence[Line],
    user: User,
    *,
    task: str = "",
    role: str = "",
    by: Actor,
    is_submitted: bool = False,
) -> Check:
    """Check each line with awork, the policy and what was sent before; nothing is saved.

    `task` and `role` are for lines that have none. Counts towards the rate limits of `by`. Raises
    `SignInExpired`; the result holds any other error.
    """
    return Check([CheckedLine(line) for line in lines])
