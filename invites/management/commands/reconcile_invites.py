"""`manage.py reconcile_invites`: check open invitations with awork, once or repeatedly."""

import math
import signal
import threading
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, close_old_connections

from invites.sending import schedule
from invites.sending.reconcile import reconcile
from portal import actor
from portal.awork import timeouts

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    """On SIGTERM or SIGINT, finishes the current invitation and stops."""

    help = "Checks unclear invitations with awork and restores assignees. Never sends an invitation."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--every", type=float, metavar="SECONDS", help="repeat, waiting this long between two rounds"
        )

    def handle(self, *args: Any, every: float | None, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        checked = self.run_round(stop)
        while every is not None and not stop.wait(every):
            close_old_connections()
            checked = self.run_round(stop)
        if every is None:
            self.stdout.write(f"invitations checked: {checked}")

    def run_round(self, stop: threading.Event) -> int:
        """Check every invitation that is due, up to a database error; returns how many."""
        checked = 0
        try:
            for key in list(schedule.due().values_list("pk", flat=True)):
                if stop.is_set():
                    break
                invitation = schedule.due().filter(pk=key).first()  # another process may have checked it
                if invitation:
                    with timeouts.wait_budget(math.inf):
                        checked += reconcile(invitation, by=actor.for_system(invitation.workspace_id))
        except DatabaseError as problem:
            log.warning("round stopped", problem=type(problem).__name__)
        return checked
