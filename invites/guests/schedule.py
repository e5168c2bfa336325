"""When to ask awork about a guest again: soon while they may accept, then less and less often."""

from datetime import datetime, timedelta

from invites.models import Guest, GuestState

FIRST_DAYS = timedelta(days=3)
AT_FIRST, WHILE_PENDING, LATER = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
WAITING = {GuestState.UNCHECKED.value, GuestState.PENDING.value}


def next_check(guest: Guest, now: datetime) -> datetime:
    """The time of the check after one at `now`."""
    if guest.state not in WAITING:
        return now + LATER
    return now + (AT_FIRST if now - guest.invited_at < FIRST_DAYS else WHILE_PENDING)
