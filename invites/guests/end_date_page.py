"""What a guest's page says about the end date, and the form for those who may set it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from invites.guests.end_date_form import EndDateForm
from invites.guests.end_dates import may_set
from invites.guests.ending_soon import is_ended
from invites.guests.passed import can_end
from invites.models import AWAY, EndState, Guest, MailState, WarningMail
from invites.policy.describe import WHEN_PASSED
from invites.policy.rules import AtEnd
from invites.policy.versions import automatic_ender, current_policy
from portal import clock
from portal.models import User

MAILS_SHOWN = 10


@dataclass(frozen=True)
class EndDatePage:
    """The form, None for those who may not set it; and what happens or has happened on the day."""

    form: EndDateForm | None
    notice: str = ""
    tone: str = "info"
    mails: Sequence[WarningMail] = ()
    sends_mail: bool = True


def end_date_page(guest: Guest, user: User) -> EndDatePage:
    """The part of a guest's page that is about the end date."""
    form = EndDateForm(None, guest) if may_set(user, guest) else None
    if guest.ends_on is None or guest.state in AWAY:
        return EndDatePage(form)
    if guest.ends_on < clock.today() or guest.end_state:
        return EndDatePage(form, _passed(guest), "warning")
    mails = WarningMail.objects.filter(guest=guest, ends_on=guest.ends_on).exclude(state=MailState.DROPPED)
    found = list(mails.select_related("recipient").order_by("-pk")[:MAILS_SHOWN])
    return EndDatePage(form, _coming(guest), mails=found, sends_mail=bool(settings.EMAIL_FROM))


def _coming(guest: Guest) -> str:
    at_end = AtEnd(current_policy(guest.workspace_id).rules.at_end)
    parts = [str(WHEN_PASSED[at_end])]
    ender = automatic_ender(guest.workspace_id)
    if ender and not can_end(ender):
        text = _("For that, %(name)s has to sign in again, or another administrator has to save the policy.")
        parts.append(text % {"name": ender.name})
    if guest.warned_at:
        text = _("Sponsor and leads were warned on %(day)s.")
        parts.append(text % {"day": date_format(guest.warned_at, "DATE_FORMAT")})
    return " ".join(parts)


def _passed(guest: Guest) -> str:
    if guest.end_state == EndState.STARTED or is_ended(guest):
        return _("The day has passed, and the access has ended or is being ended: see below.")
    if guest.end_state != EndState.WAITING:
        return _("The day has passed. Set a later day, or end the access.")
    ender = automatic_ender(guest.workspace_id)
    text = _(
        "The day has passed, and the desk can't end the access: %(name)s has to sign in again, "
        "or another administrator has to save the policy."
    )
    return text % {"name": ender.name if ender else "?"}
