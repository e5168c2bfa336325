"""Sends events to webhooks, a worker's duty: in order, at least once, and never leaving one out.

The position moves after the receiver has accepted a batch. What fails is sent again after a wait, for ever.
A batch that the receiver refuses is sent again in smaller parts, down to the one event that it refuses: there
the webhook is parked, until an administrator retries it or the receiver accepts the event an hour later.
"""

import random
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from time import monotonic
from uuid import UUID

import structlog
from cryptography.fernet import InvalidToken
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from invites.audit import chain, post
from invites.audit.bounded import Attempts, NotDelivered
from invites.audit.catalogue import EventType
from invites.audit.record import record
from invites.models import Webhook
from invites.models.webhook import MAX_BATCH, PROBLEM_LENGTH
from invites.stream import signature
from invites.stream.formats import FORMATS
from invites.stream.reader import BeyondEnd, Part, StreamBroken, read
from invites.stream.webhooks import details
from portal import clock, encryption
from portal.actor import for_system
from portal.locks import HeldLock, LockBusy, named_lock

MAX_BYTES = 1_000_000  # of a batch of several events
RUN_SECONDS = 10.0  # after which a webhook has to wait: the worker has other duties
LOCK_SECONDS = 60.0  # longer than one attempt
FIRST_RETRY, LAST_RETRY = timedelta(seconds=5), timedelta(minutes=5)  # each wait is twice the one before
PARKED_RETRY = timedelta(hours=1)
OF_THE_MOMENT = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}

log = structlog.get_logger(__name__)
_attempts: defaultdict[UUID, Attempts] = defaultdict(Attempts)  # a receiver that hangs keeps no other waiting


class Stuck(Exception):
    """The next event can't be read, or not be signed; says why."""


def send_events(go_on: Callable[[], bool]) -> int:
    """Send what is due to each webhook for some seconds; returns how many events. A worker's duty."""
    due = Webhook.objects.filter(is_on=True, due_at__lte=clock.now()).order_by("due_at", "pk")
    return sum(_send_due(webhook, go_on) for webhook in due if _has_more(webhook) and go_on())


def _has_more(webhook: Webhook) -> bool:
    """Asked before the lock is taken, which would be a row written each time."""
    end = chain.last(webhook.chain)
    return webhook.position != (end.sequence if end else 0)


def _send_due(webhook: Webhook, go_on: Callable[[], bool]) -> int:
    end, sent = monotonic() + RUN_SECONDS, 0
    try:
        with named_lock(f"webhook:{webhook.pk}", seconds=LOCK_SECONDS, wait=0) as lock:
            while monotonic() < end and go_on() and (count := _send_batch(webhook.pk, lock)) is not None:
                sent += count
    except LockBusy:
        pass  # another worker sends to it
    return sent


def _send_batch(webhook_id: UUID, lock: HeldLock) -> int | None:
    """Send one batch; returns how many events were accepted, 0 if the next is smaller, None to stop."""
    webhook = Webhook.objects.filter(pk=webhook_id, is_on=True, due_at__lte=clock.now()).first()
    if webhook is None or not lock.extend(LOCK_SECONDS):
        return None
    try:
        part = _read(webhook)
        if part.lines:
            _post(webhook, part)
    except Stuck as problem:
        _postpone(webhook, str(problem), parked_at=webhook.position + 1)
    except NotDelivered as problem:
        is_refused = _refuses_content(problem.status)
        if is_refused and webhook.batch_size > 1:
            _same(webhook).update(batch_size=max(1, len(part.lines) // 2))
            return 0
        _postpone(webhook, str(problem), parked_at=webhook.position + 1 if is_refused else None)
    else:
        if part.lines and _accept(webhook, part):
            return len(part.lines)
    return None


def _read(webhook: Webhook) -> Part:
    form = FORMATS[webhook.format]
    try:
        return read(webhook.chain, webhook.position, webhook.batch_size, max_bytes=MAX_BYTES, form=form)
    except StreamBroken:
        raise Stuck(_("the event is missing or can't be read")) from None
    except BeyondEnd:
        raise Stuck(_("the log ends before it: was an older backup restored?")) from None


def _post(webhook: Webhook, part: Part) -> None:
    body = "".join(part.lines).encode("utf-8", "replace")
    message = f"{webhook.pk}_{webhook.position + 1}_{part.last}"
    try:
        secret = encryption.decrypt(webhook.secret)
    except InvalidToken:
        raise Stuck(_("no key of TOKEN_KEYS decrypts the secret")) from None
    signed = signature.headers(secret, message, int(timezone.now().timestamp()), body)
    headers = {"Content-Type": "application/jsonl", **signed}
    _attempts[webhook.pk].run(
        lambda connections: post.request(webhook.url, body, connections, headers=headers)
    )


def _refuses_content(status: int) -> bool:
    """Whether this answer is about what was sent, and not about the moment."""
    return 400 <= status < 500 and status not in OF_THE_MOMENT


def _accept(webhook: Webhook, part: Part) -> bool:
    """Move the position, unless another worker has, since this one was suspended and its lock ran out."""
    now = clock.now()
    fine = {"failures": 0, "failing_since": None, "problem": "", "parked_at": None}
    size = min(webhook.batch_size * 2, MAX_BATCH)
    return bool(_same(webhook).update(position=part.last, delivered_at=now, batch_size=size, **fine))


@transaction.atomic
def _postpone(webhook: Webhook, problem: str, *, parked_at: int | None = None) -> None:
    """Wait before the next attempt; a webhook that is parked now says so in the log."""
    wait = min(FIRST_RETRY * 2 ** min(webhook.failures, 10), LAST_RETRY) * random.uniform(0.75, 1)  # noqa: S311
    now = clock.now()
    changed = _same(webhook).update(
        due_at=now + (PARKED_RETRY if parked_at else wait),
        failures=webhook.failures + 1,
        failing_since=webhook.failing_since or now,
        problem=problem[:PROBLEM_LENGTH],
        parked_at=parked_at,
    )
    log.warning("a webhook was not delivered", webhook=str(webhook.pk), problem=problem)
    if changed and parked_at and parked_at != webhook.parked_at:
        log.error("a webhook is parked", webhook=str(webhook.pk), sequence=parked_at)
        about = details(webhook) | {"parked_at": parked_at, "problem": problem}
        record(EventType.WEBHOOK_PARKED, by=for_system(webhook.workspace_id), details=about)


def _same(webhook: Webhook) -> QuerySet[Webhook]:
    """Its row, if it is still where it was."""
    return Webhook.objects.filter(pk=webhook.pk, position=webhook.position)
