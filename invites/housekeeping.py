"""What a worker tidies up every hour. Events and invitations are never deleted by time."""

from collections.abc import Callable

from django.utils import timezone

from invites.audit.refusals import record_omitted
from invites.models import Guest
from portal.actor import PORTAL_WORKSPACE
from portal.models import NamedLock, RateLimitCounter, Session, Workspace


def tidy_up(go_on: Callable[[], bool]) -> int:
    """Delete what has expired, and record refusals that were only counted; returns how many rows went.

    Forms saved for an ended session go with their session. Guests whom an earlier release invited are added.
    """
    now = timezone.now()
    expired = [
        Session.objects.filter(expire_date__lt=now),
        RateLimitCounter.objects.filter(expires_at__lt=now),
        NamedLock.objects.filter(expires_at__lt=now),
    ]
    deleted = sum(rows.delete()[0] for rows in expired if go_on())
    while go_on() and Guest.add_missing():
        pass
    for workspace in [PORTAL_WORKSPACE, *Workspace.objects.values_list("pk", flat=True)]:
        record_omitted(workspace)
    return deleted
