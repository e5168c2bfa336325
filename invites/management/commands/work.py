"""`manage.py work`: the background worker."""

import signal
from typing import Any

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, close_old_connections

from invites.worker import Worker, registered
from portal.integrity import UNAVAILABLE

PAUSE_SECONDS = 1.0

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    """On SIGTERM or SIGINT, finishes the current invitations and stops."""

    help = "Sends queued invitations, checks unclear ones and restores assignees, until it is stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="do what is due now, and stop")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        log.info("a worker started", version=settings.VERSION)
        with registered() as worker:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: worker.stop.set())
            if once:
                self.run_once(worker)
            else:
                with worker.sending():
                    repeat(worker)

    def run_once(self, worker: Worker) -> None:
        """Send what is queued and run what is due now; raises `CommandError` if a duty failed."""
        self.stdout.write(f"invitations sent: {worker.send_all()}")
        self.stdout.write(f"other rows processed: {worker.run_due()}")
        if worker.failed:
            raise CommandError(f"Failed, see the log: {', '.join(worker.failed)}")


def repeat(worker: Worker) -> None:
    """Run what is due again and again until the worker is stopped, also while the database is away."""
    while not worker.stop.is_set():
        close_old_connections()
        try:
            worker.run_due()
        except UNAVAILABLE as problem:
            log.warning("the database does not answer", problem=type(problem).__name__)
        except DatabaseError:
            log.exception("the database refused something")
        worker.stop.wait(PAUSE_SECONDS)
