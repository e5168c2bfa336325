"""`manage.py reconcile_invites`: settle what is unclear, and put back teams; once, or for ever."""

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
    """Ends on SIGTERM and SIGINT after the invitation at hand."""

    help = "Looks at awork for invitations that are unclear, and repairs teams. Never sends anything."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--every", type=float, metavar="SECONDS", help="go on for ever, with this pause between rounds"
        )

    def handle(self, *args: Any, every: float | None, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        looked = self.round(stop)
        while every is not None and not stop.wait(every):
            close_old_connections()
            looked = self.round(stop)
        if every is None:
            self.stdout.write(f"looked at {looked}")

    def round(self, stop: threading.Event) -> int:
        """Look at everything that is due; how many there were. A database that is away comes back."""
        looked = 0
        try:
            for key in list(schedule.due().values_list("pk", flat=True)):
                if stop.is_set():
                    break
                invitation = schedule.due().filter(pk=key).first()  # others may have looked meanwhile
                if invitation:
                    with timeouts.wait_budget(math.inf):
                        looked += reconcile(invitation, by=actor.for_system(invitation.workspace_id))
        except DatabaseError as problem:
            log.warning("round given up", problem=type(problem).__name__)
        return looked
