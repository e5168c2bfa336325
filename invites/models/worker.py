"""The background workers that run, and when each of their duties ran."""

from datetime import timedelta
from uuid import uuid4

from django.db import models

from portal import clock

HEARTBEAT = timedelta(seconds=10)
ALIVE = 3 * HEARTBEAT  # whoever was seen in that time runs


class WorkerProcess(models.Model):
    """A running `manage.py work`; `seen_at` is its heartbeat. It deletes its row when it ends."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.host} {self.pid}"

    @classmethod
    def alive(cls) -> models.QuerySet["WorkerProcess"]:
        """Those that run, or were killed just now."""
        return cls.objects.filter(cls.is_alive())

    @staticmethod
    def is_alive() -> models.Q:
        """The condition of `alive`."""
        return models.Q(seen_at__gt=clock.now() - ALIVE)


class DutyRun(models.Model):
    """When a duty of the workers ran last, with what result, and when it is due again."""

    name = models.CharField(max_length=40, primary_key=True)
    due_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    processed = models.PositiveIntegerField(default=0)  # rows, such as invitations checked
    error = models.CharField(max_length=100, blank=True)  # the exception's class; its text may hold names

    def __str__(self) -> str:
        return f"{self.name} {self.error}".strip()

    @classmethod
    def claim(cls, name: str, period: timedelta) -> bool:
        """Whether the duty is due and no other worker has begun it; it is due again after `period`."""
        now = clock.now()
        cls.objects.get_or_create(name=name, defaults={"due_at": now})
        due = cls.objects.filter(name=name, due_at__lte=now)
        return due.exists() and bool(due.update(due_at=now + period, started_at=now))

    @classmethod
    def finish(cls, name: str, processed: int, error: str = "") -> None:
        """Save the result of a run."""
        cls.objects.filter(name=name).update(ended_at=clock.now(), processed=processed, error=error[:100])
