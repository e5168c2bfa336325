"""`/guests/<id>/`: one guest, what has become of them, and what they can reach."""

from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_safe

from invites.audit import presenters
from invites.audit.catalogue import EventType
from invites.audit.models import Event
from invites.endings.choices import choices
from invites.endings.events import ALL as ENDING_TYPES
from invites.endings.lines import lines_of
from invites.guests import end_dates, refresh
from invites.guests.end_date_page import end_date_page
from invites.guests.reach import reach_of
from invites.guests.reminder import is_long_pending, reminders_for
from invites.models import Guest, GuestState, Invitation
from portal.accounts.permissions import member_required
from portal.models import User
from portal.roles import Permission
from portal.web.htmx import SignedInRequest, render_page

ENDINGS_SHOWN = 5


@require_safe
@member_required
def guest(request: SignedInRequest, guest_id: UUID) -> HttpResponse:
    """The guest as awork shows them now, their invitations that the user may see, and what happened."""
    visible = Guest.visible_to(request.user).select_related("invitation__inviter", "sponsor")
    found = get_object_or_404(visible, id=guest_id)
    is_current = refresh.refresh(found, request.user)
    invitations = _invitations(found, request.user)
    context = {
        "guest": found,
        "is_current": is_current,
        "invitations": invitations,
        "story": presenters.present(list(_events(found, invitations))),
        "reach": reach_of(found, request.user),
        "reminders": reminders_for(found),
        "is_long_pending": is_long_pending(found),
        "end_date": end_date_page(found, request.user),
        "access": choices(found, request.user),
        "endings": lines_of(found, request.user, ENDINGS_SHOWN),
        "invite_again": _invite_again(found, request.user),
    }
    return render_page(request, "guests/guest.html", context)


def _invite_again(guest: Guest, reader: User) -> str:
    """The form with this guest, where awork would take the address for a new user's; else nothing."""
    if guest.state != GuestState.GONE or Permission.INVITE not in reader.permissions:
        return ""
    last = guest.invitation
    values = {name: getattr(guest, name) for name in ("email", "first_name", "last_name")}
    return reverse("invite", query={"task": last.task_key or str(last.task_id), **values})


def _invitations(guest: Guest, reader: User) -> list[Invitation]:
    same = Invitation.visible_to(reader).filter(email_key=guest.email_key)
    return list(same.select_related("inviter").order_by("-created_at", "-id"))


def _events(guest: Guest, invitations: list[Invitation]) -> QuerySet[Event]:
    """Those of the invitations shown, and of the guest's state, which name the invitation of that time."""
    about = Q(invitation__in=[one.id for one in invitations])
    every = Invitation.objects.filter(workspace=guest.workspace_id, email_key=guest.email_key)
    types = [*refresh.EVENT_TYPES.values(), *end_dates.EVENT_TYPES, *ENDING_TYPES, EventType.GUEST_REVIEWED]
    states = Q(invitation__in=every.values_list("id", flat=True), type__in=types)
    return Event.objects.filter(about | states, workspace=guest.workspace_id).order_by("sequence")
