"""Sending e-mails before end dates: written down with the warning, then sent once by a worker.

All that is due for one person is one e-mail. Where it isn't known whether the server took one, it is not
sent again.
"""

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from uuid import UUID

import structlog
from django.conf import settings
from django.core import mail
from django.db import transaction
from django.db.models import Count, F, Q, QuerySet

from invites.guests.mail_text import message
from invites.models import AWAY, Guest, MailState, WarningMail
from portal import clock
from portal.models import User

PERIOD = timedelta(seconds=10)
MOST = 100  # guests in one e-mail
DELAYS = [timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 360, 360)]  # then it has failed
COUNTED = timedelta(days=7)
INTERRUPTED = timedelta(minutes=10)  # longer than sending takes

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class MailCounts:
    """How many e-mails wait after a failed attempt, and of the last seven days failed or are unclear."""

    waiting: int
    failed: int
    unclear: int


def counts(workspaces: Collection[UUID]) -> MailCounts:
    """The e-mails about guests of these workspaces that operators should know of."""
    if not settings.EMAIL_FROM:
        return MailCounts(waiting=0, failed=0, unclear=0)
    lately = Q(changed_at__gte=clock.now() - COUNTED)
    found = WarningMail.objects.filter(guest__workspace__in=workspaces).aggregate(
        waiting=Count("pk", filter=Q(state=MailState.WAITING, attempts__gt=0)),
        failed=Count("pk", filter=lately & Q(state=MailState.FAILED)),
        unclear=Count("pk", filter=lately & Q(state=MailState.UNCLEAR)),
    )
    return MailCounts(**found)


class NotSent(Exception):
    """The server has not taken the e-mail; it may be tried again."""


class Unreachable(NotSent):
    """Nor will it take any other one now."""


def write_down(guest: Guest, people: Sequence[User]) -> None:
    """Let these people get an e-mail about the guest's end date, where the desk can send one.

    Within the caller's transaction."""
    if not settings.EMAIL_FROM or guest.ends_on is None:
        return
    now = clock.now()
    WarningMail.objects.bulk_create(
        WarningMail(guest=guest, recipient=person, ends_on=guest.ends_on, changed_at=now, due_at=now)
        for person in people
        if person.email
    )


def send_due(go_on: Callable[[], bool]) -> int:
    """Send the e-mails that are due, as long as `go_on()` is true; returns how many were sent."""
    _settle_interrupted()
    sent = 0
    people = _due().order_by("recipient").values_list("recipient", flat=True).distinct()
    for recipient in User.objects.filter(pk__in=list(people)).order_by("pk") if settings.EMAIL_FROM else ():
        if not go_on():
            break
        try:
            sent += _send_to(recipient)
        except Unreachable:
            _due().update(due_at=clock.now() + DELAYS[0])
            break
    return sent


def _due() -> QuerySet[WarningMail]:
    return WarningMail.objects.filter(state=MailState.WAITING, due_at__lte=clock.now())


def _settle_interrupted() -> None:
    """A process that died while it sent leaves open whether the server took the e-mail."""
    now = clock.now()
    died = WarningMail.objects.filter(state=MailState.SENDING, changed_at__lte=now - INTERRUPTED)
    died.update(state=MailState.UNCLEAR, changed_at=now, due_at=None, problem="interrupted")


def _send_to(recipient: User) -> bool:
    claimed = _claim(recipient)
    if not claimed:
        return False
    rows = WarningMail.objects.filter(pk__in=[row.pk for row in claimed], state=MailState.SENDING)
    try:
        _send(recipient, [row.guest for row in claimed])
    except NotSent as problem:
        log.warning("an e-mail was not sent", problem=str(problem))
        _postpone(rows, claimed[0].attempts, str(problem))
        if isinstance(problem, Unreachable):
            raise
        return False
    except (SMTPException, OSError) as problem:
        log.warning("it is unclear whether an e-mail was sent", problem=type(problem).__name__)
        _finish(rows, MailState.UNCLEAR, type(problem).__name__)
        return False
    _finish(rows, MailState.SENT)
    return True


@transaction.atomic
def _claim(recipient: User) -> list[WarningMail]:
    """What to send to this person now, marked before it is sent; what is out of date is dropped."""
    due = _due().filter(recipient=recipient).select_related("guest__invitation")
    rows = list(due.select_for_update(of=("self",)).order_by("ends_on", "pk")[:MOST])
    current = [row for row in rows if recipient.is_active and _is_current(row)]
    stale = {row.pk for row in rows} - {row.pk for row in current}
    now = clock.now()
    chosen = WarningMail.objects.filter(pk__in=stale)
    chosen.update(state=MailState.DROPPED, changed_at=now, due_at=None)
    chosen = WarningMail.objects.filter(pk__in=[row.pk for row in current])
    chosen.update(state=MailState.SENDING, changed_at=now, attempts=F("attempts") + 1)
    return current


def _is_current(row: WarningMail) -> bool:
    return row.guest.ends_on == row.ends_on and row.guest.state not in AWAY and not row.guest.end_state


def _send(recipient: User, guests: Sequence[Guest]) -> None:
    """Give the e-mail to the server; raises `NotSent`, or another error where that isn't known."""
    try:
        prepared = message(recipient, guests)
        prepared.message()  # raises for an address that no header can have
    except ValueError as problem:
        raise NotSent(type(problem).__name__) from None
    connection = mail.get_connection()
    try:
        connection.open()
    except (SMTPException, OSError) as problem:
        raise Unreachable(_name(problem)) from None
    try:
        connection.send_messages([prepared])
    except (SMTPResponseException, SMTPRecipientsRefused) as problem:
        raise NotSent(_name(problem)) from None
    finally:
        with suppress(SMTPException, OSError):  # what the server has answered by now counts
            connection.close()


def _name(problem: Exception) -> str:
    """The kind of error and the server's code, without its words, which may name addresses."""
    code = getattr(problem, "smtp_code", "")
    return f"{type(problem).__name__} {code}".strip()


def _postpone(rows: QuerySet[WarningMail], attempts: int, problem: str) -> None:
    if attempts >= len(DELAYS):
        _finish(rows, MailState.FAILED, problem)
        return
    now = clock.now()
    due_at = now + DELAYS[attempts]
    rows.update(state=MailState.WAITING, changed_at=now, due_at=due_at, problem=problem[:100])


def _finish(rows: QuerySet[WarningMail], state: MailState, problem: str = "") -> None:
    rows.update(state=state, changed_at=clock.now(), due_at=None, problem=problem[:100])
