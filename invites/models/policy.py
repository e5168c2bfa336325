"""Every saved version of a workspace's policy."""

from typing import Any

from django.db import models
from django.urls import reverse

from portal.models import User, Workspace


class PolicyVersion(models.Model):
    """The rules that apply until the next version; never changed, since invitations name their version."""

    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="policies")
    number = models.PositiveIntegerField()
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    rules = models.JSONField()  # these two are `invites.policy.rules.columns`
    guest_rules = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "number"], name="invites_policyversion_number")
        ]

    def __str__(self) -> str:
        return f"version {self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Create it; a saved version can't be updated."""
        if not self._state.adding:
            raise TypeError("a saved policy is never changed: save another version")
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("policy-version", args=[self.number])

    @property
    def values(self) -> dict[str, Any]:
        """All rules as `invites.policy.rules.load` takes them; what an earlier release saved has fewer."""
        return {**self.rules, **(self.guest_rules or {})}
