"""What happens when the last day of access has passed: the desk ends it, or the sponsor is asked."""

from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import TruncDate

from invites.audit.catalogue import EventType
from invites.audit.record import record
from invites.endings.create import create
from invites.models import AWAY, EndingCause, EndingKind, EndState, Guest
from invites.policy.rules import AtEnd
from invites.policy.versions import automatic_ender, current_policy
from portal import actor, clock
from portal.models import AworkToken, User
from portal.roles import Permission

# Where the last warning came after the last day, as no worker ran, there is still time to prolong it.
NOTICE = timedelta(hours=12)
KINDS = {AtEnd.TASK: EndingKind.TASK, AtEnd.WORKSPACE: EndingKind.WORKSPACE}


def due() -> QuerySet[Guest]:
    """Guests to act on: they were warned about, their last day has passed, and nothing was done yet."""
    warned_on = TruncDate("warned_at", tzinfo=ZoneInfo(settings.DESK_TIME_ZONE))
    in_time = Q(warned_on__lte=F("ends_on")) | Q(warned_at__lte=clock.now() - NOTICE)
    passed = Guest.objects.filter(ends_on__lt=clock.today(), end_state__in=("", EndState.WAITING))
    found = passed.annotate(warned_on=warned_on).filter(in_time)
    return found.exclude(state__in=AWAY).order_by("ends_on")


@transaction.atomic
def handle(key: UUID) -> bool:
    """End the access, or ask the sponsor, with an event; False if nothing has changed."""
    found = due().select_related("invitation").select_for_update(of=("self",))
    guest = found.filter(pk=key).first()
    if guest is None:
        return False
    at_end = current_policy(guest.workspace_id).rules.at_end
    ender = automatic_ender(guest.workspace_id)
    state = _state(at_end, ender)
    if guest.end_state == state or guest.ends_on is None:
        return False
    guest.end_state = state
    guest.save(update_fields=["end_state"])
    by = actor.for_system(guest.workspace_id)
    if state == EndState.STARTED and ender:
        create(guest, KINDS[AtEnd(at_end)], user=ender, by=by, cause=EndingCause.END_DATE)
    record(
        EventType.GUEST_END_DATE_PASSED,
        by=by,
        snapshot=guest.snapshot,
        outcome=state.value,
        details={"ends_on": guest.ends_on.isoformat()},
    )
    return True


def _state(at_end: str, ender: User | None) -> EndState:
    if at_end == AtEnd.ASK:
        return EndState.ASKED
    return EndState.STARTED if ender and can_end(ender) else EndState.WAITING


def can_end(user: User) -> bool:
    """Whether the desk may still use this administrator's access to awork."""
    is_administrator = user.is_active and Permission.ADMINISTER in user.permissions
    return is_administrator and AworkToken.objects.filter(user=user).exists()
