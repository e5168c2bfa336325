"""`manage.py rotate_audit_key`: after a new key was put first in AUDIT_KEY, before the old one goes."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from invites.audit import delivery
from invites.audit.checkpoints import public_key
from invites.audit.rotation import RotationError, rotate


class Command(BaseCommand):
    """May run beside the desk, and again."""

    help = "Signs the audit log with the first key of AUDIT_KEY from now on."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            events = rotate()
        except RotationError as problem:
            raise CommandError(str(problem)) from problem
        delivery.deliver_now()
        for event in events:
            self.stdout.write(f"{event.workspace}: event {event.sequence} hands over to the new key")
        self.stdout.write(f"chains that were handed over: {len(events)}; the public key is {public_key()}")
