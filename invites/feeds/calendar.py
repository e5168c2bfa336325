"""The end dates of guests as a calendar (RFC 5545)."""

import re
from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from invites.models import AWAY, Guest
from portal import clock
from portal.models import User

PAST_DAYS = 30
MOST = 2000  # days, the first ones
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def calendar_of(user: User) -> bytes:
    """The last days of access of the guests that the user sees, from `PAST_DAYS` ago on.

    Each is an event of a whole day, with the same UID as long as the guest is there.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Invitation desk//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _line(_("End dates: %(workspace)s") % {"workspace": user.workspace.name}))
    for guest in _guests(user):
        calendar.add_component(_event(guest))
    return bytes(calendar.to_ical())


def _guests(user: User) -> list[Guest]:
    guests = Guest.visible_to(user).filter(ends_on__gte=clock.today() - timedelta(PAST_DAYS))
    found = guests.exclude(state__in=AWAY).select_related("invitation")
    return list(found.order_by("ends_on", "id")[:MOST])


def _event(guest: Guest) -> Event:
    event = Event()
    facts = {"name": guest.name, "task": guest.invitation.task_key or guest.invitation.task_name}
    event.add("uid", f"{guest.id}@invitation-desk")
    event.add("dtstamp", clock.now())
    event.add("dtstart", guest.ends_on)
    event.add("summary", _line(_("Last day of access: %(name)s (%(task)s)") % facts))
    event.add("url", settings.PORTAL_URL + guest.get_absolute_url())
    event.add("transp", "TRANSPARENT")  # it makes nobody busy
    return event


def _line(text: str) -> str:
    """Without line breaks and control characters, which programs read in different ways."""
    return " ".join(CONTROL.sub(" ", text).split())
