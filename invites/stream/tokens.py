"""API tokens: made and revoked by administrators, and checked for each request of `/api/audit/`."""

from uuid import UUID

from django.db import IntegrityError, transaction

from invites.audit.catalogue import EventType, Json
from invites.audit.record import record
from invites.models import ApiToken
from portal import clock, issued_secrets
from portal.actor import Actor
from portal.integrity import PRIMARY_KEY, violated
from portal.models import User

START = "desk_"


class InvalidToken(Exception):
    """Raised for a token that is missing, unknown or revoked."""


def create(id: UUID, purpose: str, *, reads_portal: bool, user: User, by: Actor) -> str | None:
    """Create a token of the user's workspace and return it, for the only time.

    `id` is that of the form: None if it has created a token before.
    """
    token, stored = issued_secrets.issue(START)
    row = ApiToken(
        id=id,
        workspace=user.workspace,
        purpose=purpose,
        reads_portal=reads_portal,
        created_by=user,
        **stored,
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
    """The token of this `Authorization` header; raises `InvalidToken`."""
    scheme, _, token = authorization.partition(" ")
    found = issued_secrets.find(ApiToken.objects.all(), token.strip())
    if scheme.lower() != "bearer" or found is None:
        raise InvalidToken
    return found


def note_use(token: ApiToken, *, by: Actor) -> None:
    """Store the time of use, with an event for the first one of each day."""
    first = lambda: record(EventType.LOG_READ, by=by, details=_details(token))  # noqa: E731
    issued_secrets.note_use(token, on_first_of_day=first)


def actor_of(token: ApiToken, **origin: object) -> Actor:
    """The system that uses the token, as events name it."""
    name = f"{token.purpose} (API token)"
    return Actor(workspace=token.workspace_id, id=None, name=name, email="", **origin)  # type: ignore[arg-type]


def _details(token: ApiToken) -> dict[str, Json]:
    return {"purpose": token.purpose, "prefix": token.prefix}
