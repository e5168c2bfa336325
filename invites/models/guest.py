"""The guests who were invited here, and what has become of them in awork."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from invites.audit.snapshot import Snapshot
from invites.models.invitation import SORT_LENGTH, Invitation, State
from invites.models.sponsor import is_sponsor, sponsors
from portal import clock
from portal.models import User, Workspace
from portal.roles import Permission
from portal.search import document, words

COPIED = ("email", "first_name", "last_name")  # of the last invitation
END_FIELDS = ("ends_on", "warned_days", "warned_at", "end_state")
CHUNK = 500  # guests added at once


class GuestState(models.TextChoices):
    """What awork said last about a guest."""

    UNCHECKED = "unchecked", _("Not checked yet")
    PENDING = "pending", _("Pending")  # has not accepted the invitation
    JOINED = "joined", _("Joined")
    ENDED = "ended", _("Ended")  # deactivated or archived in awork
    MOVED = "moved", _("Moved to Connect")  # takes part from a workspace of their own
    GONE = "gone", _("Gone")  # awork knows no such user any more


class EndState(models.TextChoices):
    """What was done when the last day of access had passed; empty before that."""

    ASKED = "asked", _("The sponsor is asked")
    WAITING = "waiting", _("Waits for an administrator")  # nobody's token could end the access
    STARTED = "started", _("The access is being ended")


AWAY = (GuestState.ENDED, GuestState.MOVED, GuestState.GONE)  # invited once more, they start again


class Guest(models.Model):
    """One person, by e-mail, who was invited from here, as awork confirmed.

    `invitation` is the last one. `state_since` is when the desk saw the state first: awork doesn't say since
    when it holds. `sponsor` answers for the guest; None if nobody does. `ends_on` is the last day of access,
    which ends at midnight in DESK_TIME_ZONE; None without an end.
    """

    id = models.UUIDField(primary_key=True, default=uuid4)
    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="+")
    awork_id = models.UUIDField(null=True)
    email = models.CharField(max_length=320)
    email_key = models.CharField(max_length=320)  # see portal.email_addresses
    first_name = models.CharField(max_length=1000, blank=True)
    last_name = models.CharField(max_length=1000, blank=True)
    search_text = models.TextField(editable=False)  # see portal.search
    sort_name = models.CharField(max_length=SORT_LENGTH, editable=False)

    invitation = models.ForeignKey(Invitation, on_delete=models.PROTECT, related_name="+")
    sponsor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="guests")
    invited_at = models.DateTimeField()
    ends_on = models.DateField(null=True)
    # About this end date: how many days before it the last warning is for, and what was done when it passed.
    warned_days = models.PositiveSmallIntegerField(null=True)
    warned_at = models.DateTimeField(null=True)
    end_state = models.CharField(max_length=10, choices=EndState, blank=True, db_default="", default="")

    state = models.CharField(max_length=10, choices=GuestState, default=GuestState.UNCHECKED)
    state_since = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    next_check_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "email_key"], name="invites_guest_email"),
        ]
        indexes = [
            models.Index(fields=["workspace", "-invited_at", "-id"], name="invites_guest_newest"),
            models.Index(fields=["workspace", "sort_name", "id"], name="invites_guest_by_name"),
            models.Index(fields=["workspace", "state", "-invited_at", "-id"], name="invites_guest_state"),
            models.Index(fields=["next_check_at"], name="invites_guest_next_check"),
            models.Index(fields=["ends_on"], name="invites_guest_ends_on"),
            models.Index(fields=["workspace", "ends_on"], name="invites_guest_ends"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.state}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save with the words to search and to sort by."""
        self.set_words()
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("guest", args=[self.id])

    def set_words(self) -> None:
        """Set the words to search and to sort by from the other fields."""
        last = self.invitation
        self.search_text = document(
            *(self.first_name, self.last_name, self.email),
            *(last.task_key, last.task_name, last.project_name),
        )
        self.sort_name = " ".join(words(self.name))[:SORT_LENGTH]

    @property
    def name(self) -> str:
        """The guest's name, else the address."""
        return f"{self.first_name} {self.last_name}".strip() or self.email

    def change_end(self, ends_on: date | None) -> None:
        """Set another last day of access, of which nobody has been warned; to be saved with END_FIELDS."""
        self.ends_on = ends_on
        self.warned_days, self.warned_at, self.end_state = None, None, ""

    @property
    def current_sponsor(self) -> User | None:
        """The member who answers for the guest; None if the sponsor left, or may no longer be one."""
        return self.sponsor if self.sponsor and is_sponsor(self.sponsor) else None

    @classmethod
    def with_current_sponsor(cls) -> Q:
        """The guests who have a sponsor now."""
        return Q(sponsor__in=sponsors().values("pk"))

    @property
    def pending_for(self) -> timedelta:
        """How long the invitation has waited to be accepted."""
        return clock.now() - self.invited_at

    @property
    def snapshot(self) -> Snapshot:
        """Who the guest is and what they were invited to, for an event."""
        guest = {name: getattr(self, name) for name in COPIED}
        return replace(self.invitation.snapshot, guest_id=self.awork_id, gender="", **guest)

    @classmethod
    def visible_to(cls, user: User) -> models.QuerySet["Guest"]:
        """The guests that this user invited or sponsors, or all of the workspace."""
        guests = cls.objects.filter(workspace=user.workspace_id)
        if Permission.SEE_ALL in user.permissions:
            return guests
        # Read once: a subquery for each guest would read all of the user's invitations each time.
        invited = Invitation.objects.filter(inviter=user, state=State.SENT).values("email_key")
        return guests.filter(Q(sponsor=user) | Q(email_key__in=invited))

    @classmethod
    def of_invitations(cls, invitations: list[Invitation]) -> dict[str, "Guest"]:
        """The guests of these invitations of one workspace, by the key of their e-mail."""
        keys = {one.email_key for one in invitations if one.state == State.SENT}
        found = cls.objects.filter(workspace=invitations[0].workspace_id, email_key__in=keys) if keys else ()
        return {guest.email_key: guest for guest in found}

    @classmethod
    def due(cls) -> models.QuerySet["Guest"]:
        """Those to ask awork about now, the longest overdue first."""
        return cls.objects.filter(next_check_at__lte=clock.now()).order_by("next_check_at", "-invited_at")

    @classmethod
    def add(cls, invitation: Invitation) -> None:
        """Add the guest of an invitation that was sent, or let it be their last one; within a transaction."""
        if not invitation.email:  # erased while it was sent
            return
        now = clock.now()
        guest, is_new = cls.objects.select_for_update().get_or_create(
            workspace_id=invitation.workspace_id,
            email_key=invitation.email_key,
            defaults=cls._values(invitation),
        )
        if is_new:
            return
        for name in COPIED:
            setattr(guest, name, getattr(invitation, name) or getattr(guest, name))
        guest.invitation, guest.next_check_at = invitation, now
        guest._take_end(invitation.ends_on)
        if guest.state in AWAY:  # it may be another account now
            guest.invited_at, guest.awork_id = invitation.attempted_at, None
        guest.awork_id = invitation.guest_id or guest.awork_id
        guest.save()

    def _take_end(self, ends_on: date | None) -> None:
        """Take the end date of another invitation, which never shortens the access of one who is here."""
        is_later = ends_on is not None and (self.ends_on is None or ends_on > self.ends_on)
        has_passed = self.ends_on is not None and self.ends_on < clock.today()
        if is_later or ((self.state in AWAY or has_passed) and ends_on != self.ends_on):
            self.change_end(ends_on)

    @staticmethod
    def add_missing() -> int:
        """Add the guests of invitations that an earlier release sent; returns how many."""
        same = Guest.objects.filter(workspace=OuterRef("workspace"), email_key=OuterRef("email_key"))
        sent = Invitation.objects.filter(~Exists(same), state=State.SENT).exclude(email="")
        found = {(one.workspace_id, one.email_key): one for one in sent.order_by("created_at")[:CHUNK]}
        guests = [
            Guest(workspace_id=one.workspace_id, email_key=one.email_key, **Guest._values(one))
            for one in found.values()
        ]
        for guest in guests:
            guest.set_words()
        return len(Guest.objects.bulk_create(guests, ignore_conflicts=True))

    @staticmethod
    def _values(invitation: Invitation) -> dict[str, Any]:
        return {
            "awork_id": invitation.guest_id,
            "invitation": invitation,
            "sponsor_id": invitation.inviter_id,
            "invited_at": invitation.attempted_at,
            "ends_on": invitation.ends_on,
            "state_since": invitation.attempted_at,
            "next_check_at": clock.now(),
            **{name: getattr(invitation, name) for name in COPIED},
        }
