"""Batches: many invitations that were checked together and are sent in the background."""

from uuid import uuid4

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.models import User, Workspace
from portal.roles import Permission


class BatchState(models.TextChoices):
    """Whether the lines of a batch are being sent."""

    RUNNING = "running", _("Running")
    PAUSED = "paused", _("Paused")  # by a person, or by the desk: see `Batch.reason`
    STOPPED = "stopped", _("Stopped")  # what isn't sent yet won't be
    DONE = "done", _("Done")


ONE_BATCH_FOR_EACH_FORM = "invites_batch_form"  # a constraint
OPEN_BATCH_STATES = (BatchState.RUNNING, BatchState.PAUSED)


class Batch(models.Model):
    """Invitations sent by a worker, in the order of their `line`; each is a row of `Invitation`.

    `reason` says why the desk paused it: a `Reason` or a code of awork; empty where a person did.
    """

    id = models.UUIDField(primary_key=True, default=uuid4)
    form_key = models.UUIDField()
    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="+")
    inviter = models.ForeignKey(User, on_delete=models.PROTECT, related_name="batches")
    created_at = models.DateTimeField()
    policy_version = models.PositiveIntegerField(default=0)  # that allowed it; 0 before the first
    state = models.CharField(max_length=7, choices=BatchState, default=BatchState.RUNNING)
    reason = models.CharField(max_length=40, blank=True)
    changed_at = models.DateTimeField()  # of the state
    turn_at = models.DateTimeField(null=True)  # when a worker last took one of its lines

    class Meta:
        verbose_name_plural = "batches"
        constraints = [models.UniqueConstraint(fields=["form_key"], name=ONE_BATCH_FOR_EACH_FORM)]
        indexes = [
            models.Index(fields=["state", "turn_at"], name="invites_batch_turn"),
            models.Index(fields=["inviter", "-created_at", "-id"], name="invites_batch_own_newest"),
            models.Index(fields=["workspace", "-created_at", "-id"], name="invites_batch_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.state}"

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("batch", args=[self.id])

    @classmethod
    def visible_to(cls, user: User) -> models.QuerySet["Batch"]:
        """The user's own batches, or all of the workspace with the permission to see all."""
        batches = cls.objects.filter(workspace=user.workspace_id)
        return batches if Permission.SEE_ALL in user.permissions else batches.filter(inviter=user)

    @classmethod
    def stoppable_by(cls, user: User) -> models.QuerySet["Batch"]:
        """The batches that the user may pause and stop: their own, and as administrator everyone's."""
        batches = cls.objects.filter(workspace=user.workspace_id).select_related("inviter")
        may_stop_all = Permission.ADMINISTER in user.permissions
        return batches if may_stop_all else batches.filter(inviter=user)

    @property
    def is_open(self) -> bool:
        """Whether lines may still be sent."""
        return self.state in OPEN_BATCH_STATES
