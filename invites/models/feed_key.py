"""The keys with which programs read feeds of a person."""

from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.issued_secrets import IssuedSecret
from portal.models import User


class Feed(models.TextChoices):
    """What a key reads."""

    ATTENTION = "attention", _("Needs attention")
    CALENDAR = "calendar", _("Calendar of end dates")


class FeedKey(IssuedSecret):
    """A key for one feed, which has what its user sees. The address of the feed contains it."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="feed_keys")
    feed = models.CharField(max_length=10, choices=Feed)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["digest"], name="invites_feedkey_digest"),
            models.UniqueConstraint(
                fields=["user", "feed"], condition=Q(revoked_at=None), name="invites_feedkey_one_valid"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prefix} {self.feed}"
