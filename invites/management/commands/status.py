"""`manage.py status`: whether the desk works, for people."""

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError

from invites import operations
from invites.status import Line, describe
from portal import readiness

NEEDS_ATTENTION = 1


class Command(BaseCommand):
    """Exits with 0 if nothing needs attention, else with 1."""

    help = "Print whether workers, queue, checks and the audit log are fine; exit with 1 if not."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            readiness.check()
            lines = list(describe(operations.read()))
        except readiness.NotReady as problem:
            lines = [Line(True, f"The desk can't serve: {problem}.")]
        except DatabaseError as problem:
            lines = [Line(True, f"The database does not answer: {type(problem).__name__}.")]
        self.stdout.write(f"Invitation desk {settings.VERSION}")
        for line in lines:
            self.stdout.write(f"Needs attention: {line.text}" if line.needs_attention else line.text)
        if any(line.needs_attention for line in lines):
            sys.exit(NEEDS_ATTENTION)
