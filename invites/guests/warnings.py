"""Warnings before a guest's access ends: 14 and 3 days before, each once, to the sponsor and the leads."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from invites.audit.catalogue import EventType
from invites.audit.record import member, record
from invites.guests import mails
from invites.models import AWAY, Guest
from portal import actor, clock
from portal.models import User
from portal.roles import DeskRole, Permission

FIRST, LAST = 14, 3  # days before the last day of access


def due() -> QuerySet[Guest]:
    """Those to warn about now. Who gets an end date within three days is warned about once."""
    today = clock.today()
    is_first = Q(warned_days=None, ends_on__lte=today + timedelta(FIRST))
    is_last = Q(ends_on__lte=today + timedelta(LAST)) & (Q(warned_days=None) | Q(warned_days__gt=LAST))
    return Guest.objects.filter(is_first | is_last).exclude(state__in=AWAY).order_by("ends_on")


@transaction.atomic
def warn(key: UUID) -> bool:
    """Warn about this guest, with an event; False if another worker has done that."""
    found = due().select_related("invitation", "sponsor").select_for_update(of=("self",))
    guest = found.filter(pk=key).first()
    if guest is None or guest.ends_on is None:
        return False
    is_last = guest.ends_on <= clock.today() + timedelta(LAST)
    guest.warned_days, guest.warned_at = LAST if is_last else FIRST, clock.now()
    guest.save(update_fields=["warned_days", "warned_at"])
    people = recipients(guest)
    mails.write_down(guest, people)
    record(
        EventType.GUEST_END_WARNED,
        by=actor.for_system(guest.workspace_id),
        snapshot=guest.snapshot,
        details={"ends_on": guest.ends_on.isoformat(), "days": guest.warned_days},
        others=[member(person) for person in people],
    )
    return True


def recipients(guest: Guest) -> list[User]:
    """The sponsor and the leads; the administrators where there are neither."""
    here = User.objects.filter(workspace=guest.workspace_id, is_active=True).order_by("pk")
    sponsor = guest.sponsor
    answers = sponsor and sponsor.is_active and Permission.INVITE in sponsor.permissions
    found = [sponsor] if sponsor and answers else []
    found += [lead for lead in here.filter(role=DeskRole.LEAD) if lead.pk != guest.sponsor_id]
    return found or list(here.filter(role=DeskRole.ADMINISTRATOR))
