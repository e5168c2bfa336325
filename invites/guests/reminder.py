"""What to write to a guest who hasn't accepted the invitation: awork offers no way to send it again."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote
from uuid import UUID

from django.conf import settings
from django.db.models import (
    DateTimeField,
    DurationField,
    Expression,
    ExpressionWrapper,
    IntegerField,
    Subquery,
    Value,
)
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce
from django.utils import translation
from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext as _

from invites.lookup.tasks import task_url
from invites.models import Guest, PolicyVersion
from invites.policy.rules import Rules
from invites.policy.versions import current_policy
from portal import clock


@dataclass(frozen=True)
class Reminder:
    """A message that is ready to be sent by e-mail, in the language with this code."""

    language: str
    email: str
    subject: str
    text: str

    @property
    def language_name(self) -> str:
        """The language, as the reader calls it."""
        return str(get_language_info(self.language)["name_translated"])

    @property
    def url(self) -> str:
        """Opens the message in the reader's mail program."""
        body = self.text.replace("\n", "\r\n")
        return f"mailto:{quote(self.email, safe='@')}?subject={quote(self.subject)}&body={quote(body)}"


def reminders_for(guest: Guest) -> list[Reminder]:
    """The message in each language, the reader's first: who writes knows which one the guest speaks."""
    own = get_language() or settings.LANGUAGE_CODE
    found = []
    for code in sorted(dict(settings.LANGUAGES), key=lambda code: code != own):
        with translation.override(code):
            found.append(_reminder(guest, code))
    return found


def _reminder(guest: Guest, language: str) -> Reminder:
    """Names the task of the last invitation, and links it."""
    invitation = guest.invitation
    facts = {
        "name": guest.name,
        "task": " ".join(invitation.task_name.split()),  # one line, as the subject has to be
        "project": invitation.project_name,
        "url": task_url(invitation.task_id),
    }
    text = _(
        "Hello %(name)s,\n\n"
        "awork has sent you an invitation to the task “%(task)s” (%(project)s). Please look for an e-mail "
        "from awork, also among spam, and accept it. After that you find the task here:\n"
        "%(url)s\n\n"
        "Thank you!"
    )
    return Reminder(language, guest.email, _("Your invitation to awork: %(task)s") % facts, text % facts)


def is_long_pending(guest: Guest) -> bool:
    """Whether the invitation should have been accepted by now."""
    return guest.pending_for >= long_pending(guest.workspace_id)


def long_pending(workspace_id: UUID) -> timedelta:
    """After how long a guest is pending too long, as the policy says."""
    return timedelta(days=current_policy(workspace_id).rules.pending_days)


def long_pending_since(workspace_id: UUID) -> Expression:
    """The time before which guests were invited who are pending too long now: part of one statement."""
    latest = PolicyVersion.objects.filter(workspace=workspace_id).order_by("-number")
    days = Cast(KT("guest_rules__pending_days"), IntegerField())
    limit = Coalesce(Subquery(latest.values(days=days)[:1]), Rules.pending_days) * Value(timedelta(days=1))
    duration = ExpressionWrapper(limit, DurationField())
    return ExpressionWrapper(Value(clock.now(), DateTimeField()) - duration, DateTimeField())
