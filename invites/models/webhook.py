"""The webhooks that send the audit log to other systems."""

from urllib.parse import urlsplit
from uuid import UUID, uuid4

from django.db import models
from django.utils.translation import gettext_lazy as _

from invites.models.api_token import PURPOSE_LENGTH
from portal.actor import PORTAL_WORKSPACE
from portal.models import User, Workspace

URL_LENGTH = 1000  # characters
PROBLEM_LENGTH = 200  # characters
MAX_BATCH = 100  # events in a request


class Format(models.TextChoices):
    """Our own JSON lines, which can be verified, or OCSF, which contains them."""

    JSONL = "jsonl", _("JSON lines, as in exports")
    OCSF = "ocsf", _("OCSF 1.3")


class Webhook(models.Model):
    """A receiver of all events of one chain, in order: of its workspace, or if `of_portal` the portal's own.

    Events up to number `position` are delivered. `problem` says why the last attempt failed, `failing_since`
    when the first one in a row did. `parked_at` is the number of the event that the receiver refuses.
    """

    id = models.UUIDField(primary_key=True, default=uuid4)
    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=PURPOSE_LENGTH)
    url = models.CharField(max_length=URL_LENGTH)
    secret = models.TextField()  # encrypted, see portal.encryption
    format = models.CharField(max_length=10, choices=Format, default=Format.JSONL)
    of_portal = models.BooleanField(default=False)
    is_on = models.BooleanField(default=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    position = models.PositiveBigIntegerField(default=0)
    delivered_at = models.DateTimeField(null=True)
    batch_size = models.PositiveIntegerField(default=MAX_BATCH)  # events; fewer where some were refused
    due_at = models.DateTimeField()
    failures = models.PositiveIntegerField(default=0)  # in a row
    failing_since = models.DateTimeField(null=True)
    problem = models.CharField(max_length=PROBLEM_LENGTH, blank=True)
    parked_at = models.PositiveBigIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.purpose} {self.position}"

    @property
    def chain(self) -> UUID:
        """The workspace whose events it sends."""
        return PORTAL_WORKSPACE if self.of_portal else self.workspace_id

    @property
    def host(self) -> str:
        """The receiver, without what its URL may hold of secrets."""
        return urlsplit(self.url).netloc
