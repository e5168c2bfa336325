"""The roles of a workspace, as last read from awork."""

from django.db import models

from portal.awork.schemas import Role
from portal.models import Workspace


class RoleOption(models.Model):
    """A role as last read from awork, for users who may not list roles there."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="roles")
    role_id = models.UUIDField()
    name = models.CharField(max_length=1000)
    is_admin = models.BooleanField()
    is_guest = models.BooleanField()
    is_agent = models.BooleanField()
    is_archived = models.BooleanField()
    manages = models.BooleanField(null=True)  # None until its permissions are read
    permissions_read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "role_id"], name="invites_roleoption_role")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def role(self) -> Role:
        """The role as `portal.awork` returns it."""
        return Role(
            id=self.role_id,
            name=self.name,
            is_admin=self.is_admin,
            is_guest=self.is_guest,
            is_agent=self.is_agent,
            is_archived=self.is_archived,
            manages=self.manages,
        )
