"""Invitations and their states."""

from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import models
from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from invites.audit.catalogue import Json
from invites.audit.snapshot import Snapshot
from invites.models.batch import Batch
from portal import clock
from portal.awork.schemas import Exchange, Task
from portal.email_addresses import key_of
from portal.models import User, Workspace
from portal.roles import Permission
from portal.search import document, words


class State(models.TextChoices):
    """Whether the invitation was sent."""

    QUEUED = "queued", _("Queued")  # saved here, for a worker to send
    REQUESTED = "requested", _("Requested")  # being sent, no answer yet
    SENT = "sent", _("Sent")  # awork confirmed it
    REFUSED = "refused", _("Refused")  # awork refused it
    UNCLEAR = "unclear", _("Unclear")  # sent, but without a usable answer
    NOT_SENT = "not_sent", _("Not sent")  # awork was never asked, or shows that it had no effect


class Step(models.TextChoices):
    """How far sending got; saved before the call that it names, in case the process dies."""

    READING = "reading", _("Reading the task")
    INVITING = "inviting", _("Inviting the guest")
    CHECKING = "checking", _("Checking the assignees")
    RESTORING = "restoring", _("Restoring the assignees")
    DONE = "done", _("Done")


class AssigneesState(models.TextChoices):
    """What happened to the assignees of the task."""

    UNTOUCHED = "untouched", _("Assignees unchanged")
    KEPT = "kept", _("Everyone stayed assigned")
    RESTORED = "restored", _("Assignees restored")
    NOT_RESTORED = "not_restored", _("Assignees not restored")
    REPLACED = "replaced", _("Assignees replaced")  # the task can have one assignee only, now the guest
    UNCHECKED = "unchecked", _("Assignees not checked")
    RELEASED = "released", _("Assignees removed as requested")
    DEFERRED = "deferred", _("Assignees to be checked after the next guest")  # of the same task and batch
    PASSED_ON = "passed_on", _("Assignees checked after a later guest")


ACTIVE_STATES = (State.QUEUED, State.REQUESTED, State.SENT, State.UNCLEAR)
UNSETTLED_STATES = frozenset({State.REQUESTED, State.UNCLEAR})
RETRYABLE_STATES = frozenset({State.REFUSED, State.NOT_SENT})
UNRESTORED = frozenset({AssigneesState.NOT_RESTORED, AssigneesState.UNCHECKED})

REFUSED_LATELY = timedelta(days=30)  # how long a refused one needs attention

ONE_FOR_EACH_FORM, ONE_ACTIVE = "invites_invitation_form", "invites_invitation_active"  # constraints

SEARCHED_FIELDS = (
    "first_name",
    "last_name",
    "email",
    "task_key",
    "task_name",
    "project_name",
    "role_name",
)
SORT_LENGTH = 200  # characters of a guest's name that count
GUEST_FIELDS = ("email", "email_key", "first_name", "last_name", "gender")
ASSIGNEE_FIELDS = ("assignees_before", "assignees_missing")


def outcome() -> Concat:
    """What came of the last attempt, as text: another one needs attention again."""
    attempt = Cast("attempts", models.CharField())
    return Concat("state", Value(" "), "assignees_state", Value(" "), attempt)


class Invitation(models.Model):
    """The invitation of one guest to one task.

    It copies the names of that time. `assignees_before` and `assignees_missing` are lists of assignees as
    `invites.sending.assignees` writes them; `guest_id` is the new assignee.
    """

    id = models.UUIDField(primary_key=True, default=uuid4)
    form_key = models.UUIDField()  # of a batch's line: its own id
    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="+")
    inviter = models.ForeignKey(User, on_delete=models.PROTECT, related_name="invitations")
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, null=True, related_name="invitations")
    line = models.PositiveIntegerField(null=True)  # in its batch, from 1
    is_first_line = models.BooleanField(default=True)  # or has no batch: one entry of the list each
    created_at = models.DateTimeField()

    task_id = models.UUIDField()
    task_key = models.CharField(max_length=40, blank=True)
    task_name = models.CharField(max_length=1000)
    project_id = models.UUIDField(null=True)
    project_name = models.CharField(max_length=1000, blank=True)
    role_id = models.UUIDField()
    role_name = models.CharField(max_length=1000)
    email = models.CharField(max_length=320)
    email_key = models.CharField(max_length=320)  # see portal.email_addresses
    first_name = models.CharField(max_length=1000, blank=True)
    last_name = models.CharField(max_length=1000, blank=True)
    gender = models.CharField(max_length=6, blank=True)
    ends_on = models.DateField(null=True)  # the guest's last day of access, see `Guest.ends_on`
    search_text = models.TextField(editable=False)  # see portal.search
    sort_name = models.CharField(max_length=SORT_LENGTH, editable=False)  # the words of the guest's name
    keep_assignees = models.BooleanField(default=True)
    allows_several_assignees = models.BooleanField(null=True)  # of the task's project, when it was sent
    policy_version = models.PositiveIntegerField(default=0)  # that allowed it; 0 before the first

    state = models.CharField(max_length=10, choices=State, default=State.REQUESTED)
    step = models.CharField(max_length=10, choices=Step, default=Step.READING)
    reason = models.CharField(max_length=40, blank=True)  # a key of invites.messages
    awork_message = models.TextField(blank=True)  # awork's own words, shown quoted
    status = models.PositiveSmallIntegerField(null=True)
    trace_id = models.CharField(max_length=100, blank=True)
    duration_ms = models.PositiveIntegerField(null=True)
    guest_id = models.UUIDField(null=True)
    assignees_state = models.CharField(
        max_length=12, choices=AssigneesState, default=AssigneesState.UNTOUCHED
    )
    assignees_before = models.JSONField(default=list)
    assignees_missing = models.JSONField(default=list)

    attempts = models.PositiveSmallIntegerField(default=1)
    attempted_at = models.DateTimeField(
        default=timezone.now
    )  # when the last attempt began, then when it left
    lease_holder = models.UUIDField(null=True)  # see invites.sending.locks
    lease_expires_at = models.DateTimeField(null=True)
    check_count = models.PositiveSmallIntegerField(default=0)  # see invites.sending.schedule
    next_check_at = models.DateTimeField(null=True)
    dismissed = models.CharField(
        max_length=40, db_default="", blank=True
    )  # the outcome that was, see `outcome`

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["form_key"], name=ONE_FOR_EACH_FORM),
            models.UniqueConstraint(
                fields=["workspace", "task_id", "email_key"],
                condition=Q(state__in=ACTIVE_STATES),
                name=ONE_ACTIVE,
            ),
        ]
        indexes = [
            models.Index(fields=["inviter", "-created_at", "-id"], name="invites_invitation_own_newest"),
            models.Index(fields=["workspace", "-created_at", "-id"], name="invites_invitation_newest"),
            models.Index(
                fields=["inviter", "-created_at", "-id"],
                condition=Q(is_first_line=True),
                name="invites_entry_own_newest",
            ),
            models.Index(
                fields=["workspace", "-created_at", "-id"],
                condition=Q(is_first_line=True),
                name="invites_entry_newest",
            ),
            models.Index(fields=["inviter", "sort_name", "id"], name="invites_invitation_own_by_name"),
            models.Index(fields=["workspace", "sort_name", "id"], name="invites_invitation_by_name"),
            # SQLite can't see that a query's parameters meet the condition of the constraint's own index.
            models.Index(fields=["workspace", "task_id", "email_key"], name="invites_invitation_same_guest"),
            models.Index(fields=["inviter", "attempted_at"], name="invites_invitation_attempted"),
            models.Index(fields=["next_check_at"], name="invites_invitation_next_check"),
            # Counting unclear ones by age: 1 ms instead of 390 with 200,000 invitations on SQLite.
            models.Index(fields=["workspace", "state", "attempted_at"], name="invites_invitation_state"),
            # The others that need attention, which every page counts: 63 ms without with 200,000 on SQLite.
            models.Index(fields=["workspace", "assignees_state"], name="invites_invitation_assignees"),
            models.Index(
                fields=["lease_expires_at"],
                condition=Q(state="requested"),
                name="invites_invitation_requested",
            ),
            models.Index(fields=["batch", "state", "line"], name="invites_invitation_batch"),
        ]

    def __str__(self) -> str:
        return f"{self.task_key} {self.state}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save with the words to search and to sort by."""
        self.set_words()
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("invitation", args=[self.id])

    @classmethod
    def active_for(cls, workspace_id: UUID, task_id: UUID, email: str) -> models.QuerySet["Invitation"]:
        """The invitation of this address to this task, if there is one that is or may be sent."""
        return cls.objects.filter(
            workspace_id=workspace_id, task_id=task_id, email_key=key_of(email), state__in=ACTIVE_STATES
        )

    @classmethod
    def active_among(
        cls, workspace_id: UUID, task_ids: Iterable[UUID], email_keys: Iterable[str]
    ) -> models.QuerySet["Invitation"]:
        """As `active_for`, for every one of these addresses with every one of these tasks."""
        return cls.objects.filter(
            workspace_id=workspace_id,
            task_id__in=list(task_ids),
            email_key__in=list(email_keys),
            state__in=ACTIVE_STATES,
        )

    @classmethod
    def visible_to(cls, user: User) -> models.QuerySet["Invitation"]:
        """The user's own invitations, or all of the workspace with the permission to see all."""
        invitations = cls.objects.filter(workspace=user.workspace_id)
        return invitations if Permission.SEE_ALL in user.permissions else invitations.filter(inviter=user)

    @classmethod
    def not_erased(cls) -> models.QuerySet["Invitation"]:
        """Those whose guest's data were not erased."""
        return cls.objects.exclude(email="")

    @classmethod
    def needing_attention(cls) -> Q:
        """Those of these three kinds."""
        return cls.unsettled() | cls.with_missing_assignees() | cls.to_retry()

    @classmethod
    def unsettled(cls) -> Q:
        """Those whose outcome is unclear."""
        return Q(state__in=UNSETTLED_STATES) & cls._open()

    @classmethod
    def with_missing_assignees(cls) -> Q:
        """The others whose assignees aren't restored."""
        return Q(assignees_state__in=UNRESTORED) & ~Q(state__in=UNSETTLED_STATES) & cls._open()

    @classmethod
    def to_retry(cls) -> Q:
        """Those not sent, and lately refused ones, whose guest hasn't been invited to the task since."""
        same_guest = {name: OuterRef(name) for name in ("workspace_id", "task_id", "email_key")}
        since = cls.objects.filter(state__in=ACTIVE_STATES, **same_guest)
        is_recent = Q(state=State.NOT_SENT) | Q(attempted_at__gt=clock.now() - REFUSED_LATELY)
        # As one condition, for the index: SQLite without statistics reads all invitations otherwise.
        is_to_retry = Q(state__in=RETRYABLE_STATES) & is_recent
        return is_to_retry & ~Q(assignees_state__in=UNRESTORED) & cls._open() & ~Q(Exists(since))

    @classmethod
    def _open(cls) -> Q:
        """Neither erased, nor dismissed since the last change."""
        return ~Q(email="") & ~Q(dismissed=outcome())

    @classmethod
    def sent_within(cls, inviter: User, window: timedelta) -> models.QuerySet["Invitation"]:
        """What this user has sent, or may have, in the time up to now."""
        since = clock.now() - window
        return cls.objects.filter(inviter=inviter, state__in=ACTIVE_STATES, attempted_at__gt=since)

    @classmethod
    def count_sent_within(cls, inviter: User, window: timedelta) -> int:
        """How many invitations these are."""
        return cls.sent_within(inviter, window).count()

    @classmethod
    def quota_frees_at(cls, inviter: User, window: timedelta, most: int) -> datetime | None:
        """When this user will have sent fewer than `most` within `window`; None for never, or if so now."""
        sent = (
            cls.sent_within(inviter, window).order_by("-attempted_at").values_list("attempted_at", flat=True)
        )
        last_in_the_way = sent[most - 1 : most].first() if most > 0 else None
        return last_in_the_way + window if last_in_the_way else None

    def set_words(self) -> None:
        """Set the words to search and to sort by from the other fields."""
        self.search_text = document(*(getattr(self, name) for name in SEARCHED_FIELDS))
        self.sort_name = " ".join(words(self.guest_name))[:SORT_LENGTH]

    def lock(self) -> None:
        """Lock the row until the transaction ends, and take over what an erasure has replaced in it.

        To call before saving or recording anything that was read before a call to awork: the guest, or an
        assignee, may have been erased meanwhile. Does nothing for an invitation that was never saved.
        """
        stored = Invitation.objects.select_for_update().filter(pk=self.pk).first()
        if stored is None:
            return
        for name in GUEST_FIELDS:
            setattr(self, name, getattr(stored, name))
        if self.is_erased:
            self.guest_id, self.awork_message = None, ""
        names = {row["id"]: _names(row) for name in ASSIGNEE_FIELDS for row in getattr(stored, name)}
        for name in ASSIGNEE_FIELDS:
            setattr(self, name, [row | names.get(row["id"], {}) for row in getattr(self, name)])
        self.set_words()

    @property
    def guest_name(self) -> str:
        """The guest's name, else the address."""
        return f"{self.first_name} {self.last_name}".strip() or self.email

    @property
    def is_unresolved(self) -> bool:
        """Whether its outcome is unclear, or its assignees aren't restored."""
        return not self.is_erased and (self.state in UNSETTLED_STATES or self.assignees_state in UNRESTORED)

    @property
    def is_erased(self) -> bool:
        """Whether the guest's data were erased; a pseudonym replaces the name."""
        return not self.email

    @property
    def is_leased(self) -> bool:
        """Whether a process that may be alive works on it."""
        return self.lease_expires_at is not None and self.lease_expires_at >= clock.now()

    @property
    def is_due(self) -> bool:
        """Whether to check it with awork now: its process died, or the next check is due."""
        is_due = self.next_check_at is not None and self.next_check_at <= clock.now()
        return not self.is_leased and (self.state == State.REQUESTED or is_due)

    @property
    def can_check(self) -> bool:
        """Whether it can be checked with awork now."""
        return self.state in UNSETTLED_STATES and not self.is_leased and not self.is_erased

    @property
    def can_retry(self) -> bool:
        """Whether a retry can't send it twice, since nothing was sent."""
        return self.state in RETRYABLE_STATES and not self.is_erased

    @property
    def snapshot(self) -> Snapshot:
        """What the audit log and the policy need to know about it, also before it is saved."""
        copied = {
            field.name: getattr(self, field.name) for field in fields(Snapshot) if field.name != "invitation"
        }
        return Snapshot(invitation=None if self._state.adding else self.id, **copied)

    @property
    def end_details(self) -> dict[str, Json]:
        """The end date for the details of an event."""
        return {"ends_on": self.ends_on.isoformat()} if self.ends_on else {}

    @property
    def task(self) -> Task:
        """Its task, with the names of that time."""
        return Task(
            self.task_id, self.task_key, self.task_name, project_id=self.project_id, project=self.project_name
        )

    def set_task(self, task: Task) -> None:
        """Copy the task and its project."""
        self.task_id, self.task_key, self.task_name = task.id, task.key, task.name
        self.project_id, self.project_name = task.project_id, task.project

    def set_response(self, exchange: Exchange) -> None:
        """Copy the response to the invitation itself."""
        self.status, self.trace_id = exchange.status, exchange.trace_id
        self.duration_ms = exchange.milliseconds


def _names(row: dict[str, Any]) -> dict[str, Any]:
    return {"first_name": row["first_name"], "last_name": row["last_name"]}
