"""API tokens: made and revoked by administrators, and checked for each request of `/api/audit/`."""

import secrets
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

import structlog
from django.db import IntegrityError, transaction

from invites.audit.catalogue import EventType, Json
from invites.audit.record import record
from invites.models import ApiToken
from portal import clock
from portal.actor import Actor
from portal.integrity import PRIMARY_KEY, violated
from portal.models import User

START = "desk_"  # of every token: programs that look for leaked secrets know it by this
RANDOM_BYTES = 32
PREFIX_LENGTH = len(START) + 6  # shown; the rest has 220 unknown bits
MAX_LENGTH = 100  # characters; longer ones aren't hashed
USE_IS_STORED = timedelta(minutes=1)  # at most so often

log = structlog.get_logger(__name__)


class InvalidToken(Exception):
    """Raised for a token that is missing, unknown or revoked."""


def create(id: UUID, purpose: str, *, reads_portal: bool, user: User, by: Actor) -> str | None:
    """Create a token of the user's workspace and return it, for the only time.

    `id` is that of the form: None if it has created a token before.
    """
    token = START + secrets.token_urlsafe(RANDOM_BYTES)
    row = ApiToken(
        id=id,
        workspace=user.workspace,
        purpose=purpose,
        prefix=token[:PREFIX_LENGTH],
        digest=_digest(token),
        reads_portal=reads_portal,
        created_by=user,
        created_at=clock.now(),
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            details = _details(row) | {"reads_portal": reads_portal}
            record(EventType.API_TOKEN_CREATED, by=by, details=details)
    except IntegrityError as error:
        if violated(error, ApiToken) != PRIMARY_KEY:
            raise
        return None
    return token


@transaction.atomic
def revoke(token: ApiToken, *, user: User, by: Actor) -> bool:
    """Revoke the token at once; False if it was revoked before."""
    valid = ApiToken.objects.filter(pk=token.pk, revoked_at=None)
    if not valid.update(revoked_at=clock.now(), revoked_by=user):
        return False
    record(EventType.API_TOKEN_REVOKED, by=by, details=_details(token))
    return True


def authenticate(authorization: str) -> ApiToken:
    """The token of this `Authorization` header; raises `InvalidToken`.

    The database compares digests, not tokens: how long that takes tells nothing about a valid token.
    """
    scheme, _, token = authorization.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or len(token) > MAX_LENGTH:
        raise InvalidToken
    found = ApiToken.objects.filter(digest=_digest(token)).first()
    if found is None:
        raise InvalidToken
    if found.revoked_at:
        log.warning("a revoked API token was used", prefix=found.prefix)
        raise InvalidToken
    return found


def note_use(token: ApiToken, *, by: Actor) -> None:
    """Store the time of use, and record the first use of each day (UTC) as an event.

    An event for each request would be read by the next one, and so on without end.
    """
    now, before = clock.now(), token.last_used_at
    if before and now - before < USE_IS_STORED:
        return
    with transaction.atomic():
        unchanged = ApiToken.objects.filter(pk=token.pk, last_used_at=before)
        if unchanged.update(last_used_at=now) and (before is None or before.date() != now.date()):
            record(EventType.LOG_READ, by=by, details=_details(token))


def actor_of(token: ApiToken, **origin: object) -> Actor:
    """The system that uses the token, as events name it."""
    name = f"{token.purpose} (API token)"
    return Actor(workspace=token.workspace_id, id=None, name=name, email="", **origin)  # type: ignore[arg-type]


def _digest(token: str) -> str:
    return sha256(token.encode("utf-8", "replace")).hexdigest()


def _details(token: ApiToken) -> dict[str, Json]:
    return {"purpose": token.purpose, "prefix": token.prefix}
