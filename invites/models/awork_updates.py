"""The webhook by which awork tells the desk that something happened to a user."""

from uuid import uuid4

from django.db import models
from django.urls import reverse

from portal.models import User, Workspace

DIGEST_LENGTH = 64  # characters
EVENT_LENGTH = 40  # characters


class AworkUpdates(models.Model):
    """What awork knows the webhook by, and the digest of the secret that it sends with each delivery.

    `awork_id` is None until awork has confirmed the webhook. `new_digest` is that of a secret which awork may
    have already. `event` is the type of the last delivery, which came at `delivered_at`.
    """

    id = models.UUIDField(primary_key=True, default=uuid4)
    workspace = models.OneToOneField(Workspace, on_delete=models.PROTECT, related_name="+")
    awork_id = models.UUIDField(null=True)
    digest = models.CharField(max_length=DIGEST_LENGTH, blank=True)
    new_digest = models.CharField(max_length=DIGEST_LENGTH, blank=True)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")  # who connected it
    connected_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    event = models.CharField(max_length=EVENT_LENGTH, blank=True)

    def __str__(self) -> str:
        return f"{self.workspace_id} {self.awork_id or 'unconfirmed'}"

    @property
    def path(self) -> str:
        """Where awork delivers to."""
        return reverse("awork-update", args=[self.id])
