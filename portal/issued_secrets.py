"""Secrets that the desk gives out to other programs, shown once and never stored: API tokens, keys of feeds.

The database compares digests, not secrets: how long that takes tells nothing about a valid one.
"""

import secrets
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any, TypeVar

import structlog
from django.db import models, transaction

from portal import clock

RANDOM_BYTES = 32
SHOWN_CHARACTERS = 6  # in the prefix, after the start; the rest has 220 unknown bits
MAX_LENGTH = 100  # characters; longer ones aren't hashed
USE_IS_STORED = timedelta(minutes=1)  # at most so often
DIGEST_LENGTH = 64  # hexadecimal digits of SHA-256


class IssuedSecret(models.Model):
    """What is stored of one: its digest, and a prefix to recognise it by."""

    prefix = models.CharField(max_length=20)
    digest = models.CharField(max_length=DIGEST_LENGTH)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)  # to the minute

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.prefix


Secret = TypeVar("Secret", bound=IssuedSecret)

log = structlog.get_logger(__name__)


def issue(start: str) -> tuple[str, dict[str, Any]]:
    """A new secret that begins with `start`, and the fields to store of it.

    Programs that look for leaked secrets know it by the start.
    """
    secret = start + secrets.token_urlsafe(RANDOM_BYTES)
    prefix = secret[: len(start) + SHOWN_CHARACTERS]
    return secret, {"prefix": prefix, "digest": _digest(secret), "created_at": clock.now()}


def find(secrets: models.QuerySet[Secret], secret: str) -> Secret | None:
    """The one of these that was given out as this secret; None if it is unknown or revoked."""
    if not secret or len(secret) > MAX_LENGTH:
        return None
    found = secrets.filter(digest=_digest(secret)).first()
    if found and found.revoked_at:
        log.warning("a revoked secret was used", kind=found._meta.model_name, prefix=found.prefix)
        return None
    return found


def note_use(secret: Secret, *, on_first_of_day: Callable[[], object]) -> None:
    """Store the time of use, and call this within the transaction on the first use of each day (UTC).

    An event for each request would be read by the next one, and so on without end.
    """
    now, before = clock.now(), secret.last_used_at
    if before and now - before < USE_IS_STORED:
        return
    with transaction.atomic():
        unchanged = type(secret)._default_manager.filter(pk=secret.pk, last_used_at=before)
        if unchanged.update(last_used_at=now) and (before is None or before.date() != now.date()):
            on_first_of_day()


def _digest(secret: str) -> str:
    return sha256(secret.encode("utf-8", "replace")).hexdigest()
