"""Endings: what takes access away from guests, and what gives it back."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from invites.audit.snapshot import Snapshot
from invites.models.guest import Guest
from invites.models.invitation import ASSIGNEE_FIELDS, Invitation
from portal import clock
from portal.models import User, Workspace

REASON_LENGTH = 500  # characters that a person may write


class EndingKind(models.TextChoices):
    """What awork is asked to do."""

    TASK = "task", _("Unassign from a task")
    PROJECT = "project", _("Remove from a project")
    WORKSPACE = "workspace", _("Deactivate in the workspace")
    ACTIVATION = "activation", _("Activate again in the workspace")  # the only one that gives access


class EndingCause(models.TextChoices):
    """Why access ends."""

    PERSON = "person", _("someone decided it")
    END_DATE = "end-date", _("the end date came")
    REVIEW = "review", _("a review")


class EndingState(models.TextChoices):
    """How far it is."""

    REQUESTED = "requested", _("Requested")  # saved here, awork not asked yet
    WAITING = "waiting", _("Waiting")  # for a sign-in of `user`, or for someone else to confirm it
    SENDING = "sending", _("Being sent")  # no answer yet
    DONE = "done", _("Done")
    REFUSED = "refused", _("Refused")  # awork refused it
    UNCLEAR = "unclear", _("Unclear")  # sent, but it isn't known whether awork did it
    NOT_DONE = "not_done", _("Not done")  # awork was never asked, or shows that it had no effect


OPEN_ENDINGS = (EndingState.REQUESTED, EndingState.WAITING, EndingState.SENDING, EndingState.UNCLEAR)
ONE_OPEN_ENDING, ONE_ENDING_FOR_EACH_FORM = "invites_ending_open", "invites_ending_form"  # constraints


class Ending(models.Model):
    """One call to awork that ends a guest's access, or gives it back, with what is known of it.

    It is made with the access of `user`. `target_id` is the task's, the project's or the workspace's, with
    the names of that time. `guest` is None once they were erased. The assignees are lists as
    `invites.sending.assignees` writes them: everyone else on the task before, and who is missing after.
    """

    id = models.UUIDField(primary_key=True, default=uuid4)
    form_key = models.UUIDField(default=uuid4)
    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="+")
    guest = models.ForeignKey(Guest, on_delete=models.SET_NULL, null=True, related_name="endings")
    invitation = models.ForeignKey(Invitation, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=EndingKind)
    target_id = models.UUIDField()
    target_key = models.CharField(max_length=40, blank=True)
    target_name = models.CharField(max_length=1000)
    cause = models.CharField(max_length=10, choices=EndingCause)
    comment = models.CharField(max_length=REASON_LENGTH, blank=True)  # what the person wrote
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()  # or confirmed by another person

    state = models.CharField(max_length=10, choices=EndingState, default=EndingState.REQUESTED)
    reason = models.CharField(max_length=40, blank=True)  # a key of invites.messages
    awork_message = models.TextField(blank=True)  # awork's own words, shown quoted
    trace_id = models.CharField(max_length=100, blank=True)
    changed_at = models.DateTimeField()  # of the state
    deleted_projects = models.PositiveIntegerField(null=True)  # private ones, as awork counted them
    reassigned_projects = models.PositiveIntegerField(null=True)
    assignees_before = models.JSONField(default=list)
    assignees_missing = models.JSONField(default=list)

    attempts = models.PositiveSmallIntegerField(default=0)
    attempted_at = models.DateTimeField(null=True)  # when awork was asked last
    lease_holder = models.UUIDField(null=True)  # see invites.sending.locks
    lease_expires_at = models.DateTimeField(null=True)
    check_count = models.PositiveSmallIntegerField(default=0)
    next_check_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["guest", "form_key", "kind", "target_id"], name=ONE_ENDING_FOR_EACH_FORM
            ),
            models.UniqueConstraint(
                fields=["guest", "kind", "target_id"],
                condition=Q(state__in=OPEN_ENDINGS),
                name=ONE_OPEN_ENDING,
            ),
        ]
        indexes = [
            models.Index(fields=["workspace", "state", "changed_at"], name="invites_ending_state"),
            models.Index(fields=["next_check_at"], name="invites_ending_next_check"),
            models.Index(fields=["target_id", "changed_at"], name="invites_ending_target"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.target_key or self.target_name} {self.state}"

    @classmethod
    def not_erased(cls) -> models.QuerySet["Ending"]:
        """Those whose guest's data were not erased."""
        return cls.objects.exclude(guest=None)

    @classmethod
    def ended_since(cls, since: datetime, *, task: UUID, project: UUID | None) -> set[UUID | None]:
        """The accounts of guests whose access to the task or its project has ended since then."""
        places = Q(kind=EndingKind.TASK, target_id=task) | Q(kind=EndingKind.PROJECT, target_id=project)
        done = cls.objects.filter(places, state=EndingState.DONE, changed_at__gt=since)
        return set(done.values_list("guest__awork_id", flat=True))

    @property
    def target(self) -> str:
        """The task with its key, the project or the workspace."""
        return f"{self.target_key} {self.target_name}".strip()

    @property
    def is_open(self) -> bool:
        """Whether it may still be done."""
        return self.state in OPEN_ENDINGS

    @property
    def awork_id(self) -> UUID | None:
        """The guest's account in awork; None if it is unknown, or the guest was erased."""
        return self.guest.awork_id if self.guest else None

    @property
    def is_activation(self) -> bool:
        """Whether it gives the access back."""
        return self.kind == EndingKind.ACTIVATION

    @property
    def is_erased(self) -> bool:
        """Whether the guest's data were erased."""
        return self.guest is None

    @property
    def is_leased(self) -> bool:
        """Whether a process that may be alive works on it."""
        return self.lease_expires_at is not None and self.lease_expires_at >= clock.now()

    @property
    def snapshot(self) -> Snapshot:
        """The guest and what their access ends to, for an event; nobody once they were erased."""
        about = self.guest.snapshot if self.guest else Snapshot()
        task: dict[str, Any] = {"task_id": None, "task_key": "", "task_name": ""}
        project: dict[str, Any] = {"project_id": None, "project_name": ""}
        if self.kind == EndingKind.TASK:
            task = {
                "task_id": self.target_id,
                "task_key": self.target_key,
                "task_name": self.target_name,
            }
            project = {name: getattr(self.invitation, name) for name in project}
        elif self.kind == EndingKind.PROJECT:
            project = {"project_id": self.target_id, "project_name": self.target_name}
        return replace(about, invitation=self.invitation_id, role_id=None, role_name="", **task, **project)

    def lock(self) -> None:
        """Lock the row until the transaction ends, and take over what an erasure has replaced in it."""
        stored = Ending.objects.select_for_update().get(pk=self.pk)
        if stored.guest_id is None:
            self.guest, self.comment, self.awork_message = None, "", ""
        for name in ASSIGNEE_FIELDS:
            kept = {row["id"]: row for row in getattr(stored, name)}
            setattr(self, name, [kept.get(row["id"], row) for row in getattr(self, name)])
