"""Creates a checkpoint of every chain, for a daily timer."""

import sys
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from invites.audit import chain, checkpoints, delivery, verify
from invites.audit.keys import KeyReplaced
from invites.audit.models import Event
from portal import clock


class Command(BaseCommand):
    """Prints the lines, and delivers all that wait for AUDIT_CHECKPOINTS. Exits with 1 if some still do."""

    help = "Sign the present end of every chain of the audit log."

    def handle(self, *args: Any, **options: Any) -> None:
        for workspace in verify.workspaces():
            now = clock.now()
            with transaction.atomic():
                last = chain.last(workspace)
                line = create(last, now) if last else ""
            if line:
                self.stdout.write(line)
        sys.exit(0 if delivery.deliver_now() else 1)


def create(last: Event, now: datetime) -> str:
    """The line; raises `CommandError` if AUDIT_KEY is outdated."""
    try:
        return checkpoints.create(last, at=now)
    except KeyReplaced as problem:
        raise CommandError(str(problem)) from problem
