"""What an e-mail before end dates says."""

from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from invites.models import Guest
from invites.policy.describe import WHEN_PASSED
from invites.policy.rules import AtEnd
from invites.policy.versions import current_policy
from portal.models import User

HEADERS = {"Auto-Submitted": "auto-generated"}  # so that nobody's absence notice answers it


def message(recipient: User, guests: Sequence[Guest]) -> EmailMessage:
    """One e-mail about all of these guests, the first end first."""
    at_end = AtEnd(current_policy(recipient.workspace_id).rules.at_end)
    text = _(
        "Hello %(name)s,\n\n"
        "the last day of access to awork is near for:\n\n"
        "%(guests)s\n\n"
        "%(what)s "
        "If they are still needed, set a later day on the page of the guest.\n"
    )
    facts = {
        "name": _line(recipient.name),
        "guests": "\n\n".join(_entry(guest) for guest in guests),
        "what": WHEN_PASSED[at_end],
    }
    return EmailMessage(
        _subject(guests),
        text % facts,
        settings.EMAIL_FROM,
        [recipient.email],
        headers=HEADERS,
    )


def _subject(guests: Sequence[Guest]) -> str:
    if len(guests) == 1:
        return _("The access of %(name)s ends soon") % {"name": _line(guests[0].name)}
    text = ngettext(
        "The access of %(count)s guest ends soon", "The access of %(count)s guests ends soon", len(guests)
    )
    return text % {"count": len(guests)}


def _entry(guest: Guest) -> str:
    last = guest.invitation
    facts = {
        "day": date_format(guest.ends_on, "DATE_FORMAT") if guest.ends_on else "?",
        "name": _line(guest.name),
        "task": _line(f"{last.task_key} {last.task_name}"),
        "url": f"{settings.PORTAL_URL}{guest.get_absolute_url()}",
    }
    return _("%(day)s: %(name)s, %(task)s\n%(url)s") % facts


def _line(text: str) -> str:
    """One line, which can't begin another header or paragraph."""
    return " ".join(text.split())
