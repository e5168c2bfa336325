"""The e-mails that warn before end dates."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from invites.models.guest import Guest
from portal.models import User


class MailState(models.TextChoices):
    """How far it is."""

    WAITING = "waiting", _("waiting to be sent")
    SENDING = "sending", _("being sent")  # or its process died
    SENT = "sent", _("sent")
    UNCLEAR = "unclear", _("unclear: it may have been sent, and isn't sent again")
    FAILED = "failed", _("not sent")
    DROPPED = "dropped", _("not needed any more")


class WarningMail(models.Model):
    """An e-mail to one person about one guest's end date: saved before it is sent.

    The text is made when it is sent, so this holds no names. `problem` says why the last attempt failed.
    """

    guest = models.ForeignKey(Guest, on_delete=models.CASCADE, related_name="warning_mails")
    recipient = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ends_on = models.DateField()
    state = models.CharField(max_length=10, choices=MailState, default=MailState.WAITING)
    changed_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)  # None if it will not be sent any more
    attempts = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=100, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["state", "due_at"], name="invites_warningmail_due"),
        ]

    def __str__(self) -> str:
        return f"{self.ends_on} {self.state}"
