"""The tokens with which other systems read the audit log."""

from uuid import uuid4

from django.db import models

from portal.issued_secrets import IssuedSecret
from portal.models import User, Workspace

PURPOSE_LENGTH = 200  # characters
ONE_TOKEN_FOR_EACH_DIGEST = "invites_apitoken_digest"  # noqa: S105  # a constraint


class ApiToken(IssuedSecret):
    """A token for one purpose.

    It reads the events of its workspace and, if `reads_portal`, those of the portal's own chain.
    """

    id = models.UUIDField(primary_key=True, default=uuid4)
    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=PURPOSE_LENGTH)
    reads_portal = models.BooleanField(default=False)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    revoked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["digest"], name=ONE_TOKEN_FOR_EACH_DIGEST)]

    def __str__(self) -> str:
        return f"{self.prefix} {self.purpose}"
