"""Creates a checkpoint of every chain, for a daily timer."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from invites.audit import chain, checkpoints, delivery, verify
from portal import clock


class Command(BaseCommand):
    """Prints the lines; they also go to AUDIT_CHECKPOINTS. Exits with 1 where that did not work."""

    help = "Sign the present end of every chain of the audit log."

    def handle(self, *args: Any, **options: Any) -> None:
        reached = True
        for workspace in verify.workspaces():
            now = clock.now()
            with transaction.atomic():
                last = chain.last(workspace)
                line = checkpoints.create(last, at=now, publishing=False) if last else ""
            if line:
                self.stdout.write(line)
                reached &= delivery.publish(line)
        sys.exit(0 if reached else 1)
