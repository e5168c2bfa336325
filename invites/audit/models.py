"""The audit log's tables, which copy names and have no foreign keys: deletions elsewhere leave them alone."""

from django.db import models
from django.db.models import Index, QuerySet, UniqueConstraint
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from invites.audit.catalogue import event_types
from invites.audit.fields import CanonicalField
from portal.actor import PORTAL_WORKSPACE

LONG, SHORT = 1000, 200  # characters; longer texts are cut when recorded
HASH = 64  # hexadecimal digits of SHA-256


class Event(models.Model):
    """One event and its link in the hash chain of its workspace; `chain` describes the format.

    Personal data of guests are in `Person`; `people` holds a salted digest of each.
    """

    id = models.BigAutoField(primary_key=True)
    workspace = models.UUIDField()
    sequence = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    type = models.CharField(max_length=40, choices=event_types)
    outcome = models.CharField(max_length=SHORT, blank=True)
    request_id = models.UUIDField()
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=LONG, blank=True)
    actor_email = models.CharField(max_length=LONG, blank=True)
    ip_address = models.CharField(max_length=SHORT, blank=True)
    user_agent = models.CharField(max_length=LONG, blank=True)
    invitation = models.UUIDField(null=True)
    task_id = models.UUIDField(null=True)
    task_key = models.CharField(max_length=SHORT, blank=True)
    task_name = models.CharField(max_length=LONG, blank=True)
    project_id = models.UUIDField(null=True)
    project_name = models.CharField(max_length=LONG, blank=True)
    role_id = models.UUIDField(null=True)
    role_name = models.CharField(max_length=LONG, blank=True)
    details = CanonicalField(default=dict)
    exchange = CanonicalField(null=True)
    people = CanonicalField(default=list)
    previous = models.CharField(max_length=HASH)
    hash = models.CharField(max_length=HASH)

    class Meta:
        constraints = [UniqueConstraint(fields=["workspace", "sequence"], name="audit_event_sequence")]
        indexes = [
            # Each ends in `at`: a filtered page is read off its index, newest first, however long the log.
            Index(fields=["workspace", "at", "id"], name="audit_newest"),
            Index(fields=["workspace", "type", "at", "id"], name="audit_type"),
            Index(fields=["workspace", "actor_id", "at", "id"], name="audit_actor"),
            Index(fields=["workspace", "project_name", "at", "id"], name="audit_project"),
            Index(fields=["workspace", "role_name", "at", "id"], name="audit_role"),
            Index(fields=["workspace", "outcome", "at", "id"], name="audit_outcome"),
            Index(fields=["workspace", "ip_address", "at", "id"], name="audit_ip_address"),
            Index(fields=["request_id"], name="audit_request"),
            Index(fields=["invitation"], name="audit_invitation"),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.type}"

    def get_absolute_url(self) -> str:
        """Its page; events of the portal as a whole have a chain of their own."""
        name = "audit-portal-event" if self.workspace == PORTAL_WORKSPACE else "audit-event"
        return reverse(name, args=[self.sequence])


class Person(models.Model):
    """Personal data of an event that can be erased: the row is deleted, its digest in the event stays."""

    class Kind(models.TextChoices):
        """The person's part in the event."""

        GUEST = "guest", _("Guest")
        TEAM = "team", _("Assigned")
        REFUSED = "refused", _("Refused")
        SOUGHT = "sought", _("Searched for")
        MEMBER = "member", _("Member")

    FIELDS = ("address", "agent", "awork_id", "email", "first_name", "gender", "kind", "last_name")

    event = models.BigIntegerField()
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    salt = models.CharField(max_length=HASH)
    awork_id = models.UUIDField(null=True)
    email = models.CharField(max_length=LONG, blank=True)
    first_name = models.CharField(max_length=LONG, blank=True)
    last_name = models.CharField(max_length=LONG, blank=True)
    gender = models.CharField(max_length=20, blank=True)
    ip_address = models.CharField(max_length=SHORT, blank=True)
    user_agent = models.CharField(max_length=LONG, blank=True)

    class Meta:
        constraints = [UniqueConstraint(fields=["event", "position"], name="audit_person_position")]
        indexes = [
            Index(fields=["email", "event"], name="audit_person_email"),
            Index(fields=["awork_id"], name="audit_person_awork"),
            Index(fields=["ip_address", "event"], name="audit_person_ip_address"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of event {self.event}"

    @property
    def name(self) -> str:
        """First and last name, or the first of what else is known."""
        known = f"{self.first_name} {self.last_name}".strip() or self.email or self.awork_id
        return str(known or self.ip_address)


class Checkpoint(models.Model):
    """A signed statement about one chain; the columns only help to find the line."""

    workspace = models.UUIDField()
    sequence = models.PositiveBigIntegerField()
    line = models.TextField()

    class Meta:
        indexes = [Index(fields=["workspace", "sequence"], name="audit_checkpoint_sequence")]

    def __str__(self) -> str:
        return self.line


class UndeliveredCheckpoint(models.Model):
    """A checkpoint that AUDIT_CHECKPOINTS has not received yet, and when and why to try again.

    A separate row, deleted on delivery: those of `Checkpoint` can't be changed.
    """

    # No constraint: an older version's restore replaces the other table without knowing this one.
    checkpoint = models.OneToOneField(Checkpoint, models.CASCADE, primary_key=True, db_constraint=False)
    since = models.DateTimeField()
    due_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=SHORT, blank=True)  # of the last attempt

    def __str__(self) -> str:
        return str(self.checkpoint_id)


def people_of(events: list[Event], people: QuerySet[Person] | None = None) -> dict[int, list[Person]]:
    """The people of events who have not been erased, by event id and in order of position."""
    found: dict[int, list[Person]] = {event.id: [] for event in events}
    people = Person.objects.all() if people is None else people
    for person in people.filter(event__in=found).order_by("event", "position"):
        found[person.event].append(person)
    return found
