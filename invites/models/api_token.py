"""The tokens with which other systems read the audit log."""

from uuid import uuid4

from django.db import models

from portal.models import User, Workspace

PURPOSE_LENGTH = 200  # characters
DIGEST_LENGTH = 64  # hexadecimal digits of SHA-256
ONE_TOKEN_FOR_EACH_DIGEST = "invites_apitoken_digest"  # noqa: S105  # a constraint


class ApiToken(models.Model):
    """A token for one purpose. The token itself isn't stored: its digest, and a prefix to recognise it by.

    It reads the events of its workspace and, if `reads_portal`, those of the portal's own chain.
    """

    id = models.UUIDField(primary_key=True, default=uuid4)
    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=PURPOSE_LENGTH)
    prefix = models.CharField(max_length=20)
    digest = models.CharField(max_length=DIGEST_LENGTH)
    reads_portal = models.BooleanField(default=False)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    revoked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)  # to the minute

    class Meta:
        constraints = [models.UniqueConstraint(fields=["digest"], name=ONE_TOKEN_FOR_EACH_DIGEST)]

    def __str__(self) -> str:
        return f"{self.prefix} {self.purpose}"
