"""The comment on a task with which an inviter tells the team of a guest."""

from uuid import uuid4

from django.db import models
from django.db.models import Q

from invites.models.invitation import Invitation, State
from portal import clock


class TaskComment(models.Model):
    """A comment to post in the inviter's name, once the invitation is sent, with what is known of it.

    Its `state` is queued until then, requested while awork is asked. `text` is as awork gets it, empty once
    the guest was erased. `is_hidden`: from users of awork Connect. `awork_id` is awork's, if it is posted.
    """

    id = models.UUIDField(primary_key=True, default=uuid4)
    invitation = models.OneToOneField(Invitation, on_delete=models.PROTECT, related_name="task_comment")
    text = models.TextField(blank=True)
    is_hidden = models.BooleanField(default=False)

    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    reason = models.CharField(max_length=40, blank=True)  # a key of invites.messages
    awork_id = models.UUIDField(null=True, unique=True)

    attempts = models.PositiveSmallIntegerField(default=0)
    attempted_at = models.DateTimeField(null=True)
    lease_holder = models.UUIDField(null=True)  # see invites.sending.locks
    lease_expires_at = models.DateTimeField(null=True)
    check_count = models.PositiveSmallIntegerField(default=0)
    next_check_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["state", "next_check_at"], name="invites_comment_due")]

    def __str__(self) -> str:
        return f"{self.invitation_id} {self.state}"

    @classmethod
    def not_erased(cls) -> models.QuerySet["TaskComment"]:
        """Those whose guest's data were not erased."""
        return cls.objects.exclude(text="")

    @classmethod
    def due(cls) -> models.QuerySet["TaskComment"]:
        """Those to post or to look for now, and those whose posting process died."""
        now = clock.now()
        is_free = Q(lease_expires_at=None) | Q(lease_expires_at__lt=now)
        is_due = Q(next_check_at__lte=now)
        to_post = Q(state=State.QUEUED, invitation__state=State.SENT) & is_due
        to_look = Q(state=State.UNCLEAR) & is_due
        return cls.not_erased().filter(is_free, to_post | to_look | Q(state=State.REQUESTED))

    @property
    def is_leased(self) -> bool:
        """Whether a process that may be alive works on it."""
        return self.lease_expires_at is not None and self.lease_expires_at >= clock.now()

    def lock(self) -> None:
        """Lock the row until the transaction ends, and take over that its guest has been erased."""
        if not TaskComment.objects.select_for_update().get(pk=self.pk).text:
            self.text = ""
