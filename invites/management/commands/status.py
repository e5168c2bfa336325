"""`manage.py status`: whether the desk works, for people."""

import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError

from invites import operations
from invites.audit.status import ChainStatus
from invites.operations import Operations, Queue, Unclear
from portal import readiness
from portal.actor import PORTAL_WORKSPACE

NEEDS_ATTENTION = 1
NO_WORKER = "No worker is running: start `manage.py work`."
Line = tuple[bool, str]  # whether it needs attention, and a sentence


class Command(BaseCommand):
    """Exits with 0 if nothing needs attention, else with 1."""

    help = "Print whether workers, queue, checks and the audit log are fine; exit with 1 if not."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            readiness.check()
            lines = list(describe(operations.read()))
        except readiness.NotReady as problem:
            lines = [(True, f"The desk can't serve: {problem}.")]
        except DatabaseError as problem:
            lines = [(True, f"The database does not answer: {type(problem).__name__}.")]
        for needs_attention, sentence in lines:
            self.stdout.write(f"Needs attention: {sentence}" if needs_attention else sentence)
        if any(needs_attention for needs_attention, _ in lines):
            sys.exit(NEEDS_ATTENTION)


def describe(facts: Operations) -> Iterator[Line]:
    """A line for each fact."""
    yield (False, f"Workers running: {facts.workers}.") if facts.is_working else (True, NO_WORKER)
    for duty in facts.duties:
        yield duty.has_failed or duty.is_late, _duty(duty)
    yield facts.queue.is_slow, _queue(facts.queue)
    yield facts.unclear.is_old, _unclear(facts.unclear)
    for batch in facts.paused:
        why = f"by the desk: {batch.reason}" if batch.reason else "by a person"
        yield bool(batch.reason), f"Batch {batch.id} is paused {why}, since {_time(batch.changed_at)}."
    for workspace, chain in facts.chains.items():
        yield chain.is_broken, _chain(workspace, chain)
    yield False, _checkpoints()


def _duty(duty: operations.Duty) -> str:
    run = duty.run
    if run is None or run.started_at is None:
        return f"Duty {duty.name} has not run yet."
    result = f"ended {_time(run.ended_at)}" if run.ended_at else "has not ended"
    error = f" with {run.error}" if run.error else ""
    late = f"; it is due since {_time(run.due_at)}" if duty.is_late else ""
    return f"Duty {duty.name} ran last at {_time(run.started_at)} and {result}{error}{late}."


def _queue(queue: Queue) -> str:
    since = f", the oldest since {_time(queue.since)}" if queue.since else ""
    return f"Queued invitations: {queue.running}{since}; in paused batches: {queue.paused}."


def _unclear(unclear: Unclear) -> str:
    if not unclear.count:
        return "Unclear invitations: 0."
    ages = f"{unclear.under_hour} under an hour, {unclear.under_day} under a day, {unclear.older} older"
    return f"Unclear invitations: {unclear.count} ({ages}), the oldest since {_time(unclear.since)}."


def _chain(workspace: UUID, chain: ChainStatus) -> str:
    owner = "portal" if workspace == PORTAL_WORKSPACE else f"workspace {workspace}"
    if chain.is_broken:
        result = "the last verification found a problem"
    elif chain.event:
        result = f"verified up to event {chain.verified}"
    else:
        result = "never verified"
    at = f" at {_time(chain.event.at)}" if chain.event else ""
    return f"Audit log of the {owner}: {chain.last} events, {result}{at}."


def _checkpoints() -> str:
    if settings.AUDIT_CHECKPOINTS:
        return "Checkpoints are delivered to AUDIT_CHECKPOINTS; the log says which did not arrive."
    return "Checkpoints stay in the database: AUDIT_CHECKPOINTS is not set."


def _time(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "?"
