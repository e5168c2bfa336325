"""Endings of access that wait for a person, are unclear, or failed."""

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from invites.attention.source import Item, Source, key_of
from invites.endings.reasons import EndingReason, message_for
from invites.endings.rights import may_end
from invites.models import AWAY, Ending, EndingKind, EndingState, Guest, Reason
from portal import clock
from portal.models import User
from portal.roles import Permission

LATELY = timedelta(days=30)  # how long one that came to nothing needs attention
IN_VAIN = (EndingState.REFUSED, EndingState.NOT_DONE)
ON_PURPOSE = (EndingReason.WITHDRAWN, EndingReason.PROLONGED, Reason.ERASED)


def unfinished(user: User) -> QuerySet[Ending]:
    """Endings that are stuck, or failed and weren't tried again, of guests that the user sees."""
    found = Ending.not_erased().filter(workspace=user.workspace_id)
    if Permission.SEE_ALL not in user.permissions:
        found = found.filter(Q(guest__sponsor=user) | Q(guest__invitation__inviter=user))
    is_stuck = Q(state__in=(EndingState.UNCLEAR, EndingState.WAITING)) | _with_missing_assignees()
    return found.filter(is_stuck | _failed()).select_related("guest", "user").order_by("changed_at", "id")


def _with_missing_assignees() -> Q:
    is_recent = Q(state=EndingState.DONE, changed_at__gt=clock.now() - LATELY)
    return is_recent & ~Q(assignees_missing=[])


def _failed() -> Q:
    same = {name: OuterRef(name) for name in ("guest", "kind", "target_id")}
    later = Ending.objects.filter(created_at__gt=OuterRef("created_at"), **same)
    is_recent = Q(state__in=IN_VAIN, changed_at__gt=clock.now() - LATELY) & ~Q(reason__in=ON_PURPOSE)
    has_access = ~Q(guest__state__in=AWAY) | Q(kind=EndingKind.ACTIVATION)
    return is_recent & has_access & ~Q(Exists(later))


def _item(ending: Ending, user: User) -> Item:
    guest = ending.guest
    assert guest is not None  # noqa: S101  # those of erased guests are filtered out
    parts = [str(ending.get_state_display()), ending.target, _why(ending).rstrip(".")]
    return Item(
        key=key_of("ending", ending, ending.changed_at),
        title=f"{guest.name}: {ending.get_kind_display()}",
        detail=" · ".join(filter(None, parts)),
        since=ending.changed_at,
        url=reverse("guest-ending", args=[ending.id]),
        action=_action(ending, guest, user),
    )


def _why(ending: Ending) -> str:
    if ending.state == EndingState.DONE:
        return _("Others were unassigned and couldn't be assigned again.")
    return str(message_for(ending.reason).text)


def _action(ending: Ending, guest: Guest, user: User) -> str:
    if ending.state == EndingState.DONE or not may_end(user, guest, ending.kind, ending.target_id):
        return _("View")
    if ending.state == EndingState.WAITING:
        return _("Confirm")
    return _("Check with awork") if ending.state == EndingState.UNCLEAR else _("Try again")


SOURCES = (Source("ending", gettext_lazy("Ends of access"), unfinished, _item),)
