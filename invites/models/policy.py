"""The versions of a workspace's policy: each that was ever saved, as it was."""

from typing import Any
from uuid import UUID

from django.db import models
from django.urls import reverse

from invites.policy import rules
from invites.policy.rules import Policy
from portal.models import User, Workspace


class PolicyVersion(models.Model):
    """The rules from one moment on; never changed, since invitations name the version that let them pass."""

    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="policies")
    number = models.PositiveIntegerField()
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    rules = models.JSONField()  # see invites.policy.rules

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "number"], name="one_policy_a_number")]

    def __str__(self) -> str:
        return f"version {self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Once."""
        if not self._state.adding:
            raise TypeError("a saved policy is never changed: save another version")
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("policy-version", args=[self.number])

    @classmethod
    def current(cls, workspace_id: UUID) -> Policy:
        """What holds in this workspace now."""
        latest = cls.objects.filter(workspace=workspace_id).order_by("-number").first()
        return latest.policy if latest else Policy()

    @property
    def policy(self) -> Policy:
        """Number and rules."""
        return Policy(self.number, rules.load(self.rules))
