"""What `manage.py work` does in the background: send what is queued, and duties, each with its period.

Any number of workers may run, on one machine or many. A worker that claims a duty moves its next run into the
future, so the others leave it alone. Should a run take longer than its period, a second one may begin beside
it: each duty leases the rows that it works on.
"""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from django.db import DatabaseError, close_old_connections, connection

from invites.audit.delivery import deliver_due
from invites.batches import queue
from invites.batches.discard import discard_stopped
from invites.comments.post import post_due
from invites.endings.work import end_due
from invites.guests import end_duty, mails, refresh, sponsors
from invites.housekeeping import tidy_up
from invites.models import DutyRun, WorkerProcess
from invites.models.worker import HEARTBEAT
from invites.reviews import close
from invites.sending.reconcile import reconcile_due
from invites.stream.sender import send_events
from portal import clock
from portal.awork import http
from portal.integrity import UNAVAILABLE

SENDERS = 4  # invitations to different tasks that one process sends at the same time
PAUSE_SECONDS = 0.5  # while nothing is queued
FORGET_AFTER = timedelta(days=1)  # rows of killed workers

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Duty:
    """Work to do again and again.

    `run` asks its argument before each row whether to go on, and returns how many rows it processed.
    """

    name: str
    period: timedelta
    run: Callable[[Callable[[], bool]], int]

    def claim(self) -> bool:
        """Whether it is due and no other worker has begun it."""
        return DutyRun.claim(self.name, self.period)


DUTIES = (
    Duty("reconcile", timedelta(seconds=5), reconcile_due),
    Duty("post-comments", timedelta(seconds=2), post_due),
    Duty("discard-stopped", timedelta(seconds=1), discard_stopped),
    Duty("send-events", timedelta(seconds=2), send_events),
    Duty("deliver-checkpoints", timedelta(seconds=5), deliver_due),
    Duty("end-access", timedelta(seconds=2), end_due),
    Duty("refresh-guests", refresh.PERIOD, refresh.refresh_due),
    Duty("end-dates", end_duty.PERIOD, end_duty.run_due),
    Duty("check-sponsors", sponsors.PERIOD, sponsors.check_sponsors),
    Duty("send-mails", mails.PERIOD, mails.send_due),
    Duty("close-reviews", close.PERIOD, close.close_due),
    Duty("tidy-up", timedelta(hours=1), tidy_up),
)


@dataclass
class Worker:
    """This process's part in the work: runs duties until `stop` is set."""

    process: WorkerProcess
    stop: threading.Event = field(default_factory=threading.Event)
    failed: list[str] = field(default_factory=list)  # names of duties, of the last `run_due`

    def run_due(self) -> int:
        """Run each duty that is due; returns how many rows were processed.

        Raises an error of `UNAVAILABLE`.
        """
        self.failed.clear()
        return sum(self._run(duty) for duty in DUTIES if self.go_on() and duty.claim())

    def go_on(self) -> bool:
        """Whether to start something more; also sends the heartbeat."""
        now = clock.now()
        if now - self.process.seen_at >= HEARTBEAT:
            self.process.seen_at = now
            self.process.save()
            share_pace()
        return not self.stop.is_set()

    def send_all(self) -> int:
        """Send what is queued until nothing is, or until stopped; returns how many."""
        sent = 0
        while self.go_on() and queue.send_next():
            sent += 1
        return sent

    @contextmanager
    def sending(self) -> Iterator[None]:
        """Send what is queued, in threads, during the block; at its end, each finishes its invitation."""
        threads = [threading.Thread(target=self._keep_sending) for _ in range(SENDERS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.stop.set()
            for thread in threads:
                thread.join()

    def _keep_sending(self) -> None:
        while not self.stop.is_set():
            close_old_connections()
            try:
                if queue.send_next():
                    continue
            except UNAVAILABLE as problem:
                log.warning("the database does not answer", problem=type(problem).__name__)
            except Exception:
                log.exception("sending failed")  # its lease expires, and the line is checked
            self.stop.wait(PAUSE_SECONDS)
        connection.close()

    def _run(self, duty: Duty) -> int:
        try:
            processed = duty.run(self.go_on)
        except UNAVAILABLE:
            raise  # nothing can be saved now; the duty is due again after its period
        except Exception as error:
            log.exception("duty failed", duty=duty.name)
            DutyRun.finish(duty.name, 0, type(error).__name__)
            self.failed.append(duty.name)
            return 0
        DutyRun.finish(duty.name, processed)
        return processed


def share_pace() -> None:
    """Divide awork's rate limit by the number of workers that run."""
    running = WorkerProcess.alive().count()
    http.rate_limiter.sharers = max(1, running)


@contextmanager
def registered() -> Iterator[Worker]:
    """A worker for this process, with its row in the database for the block."""
    now = clock.now()
    WorkerProcess.objects.filter(seen_at__lt=now - FORGET_AFTER).delete()
    host = socket.gethostname()[:255]
    process = WorkerProcess.objects.create(host=host, pid=os.getpid(), started_at=now, seen_at=now)
    share_pace()
    try:
        yield Worker(process)
    finally:
        with suppress(DatabaseError):  # another worker deletes the row in a day
            process.delete()
