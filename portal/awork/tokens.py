"""The tokens of signed-in people: stored encrypted, and refreshed once for all requests that need it.

awork's refresh tokens work once: a refresh returns the next one. So only the holder of a lock refreshes, the
others use the result, and no database transaction is open while awork is called. If a refresh is rejected or
its response is lost, the refresh token is used up and the person has to sign in again; if awork rejects the
portal's own client, it is not, and works once the settings are right. New tokens are used after `GET /me` has
shown that they belong to the same person in the same workspace.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.core.cache import cache
from django.db.models import QuerySet
from django.utils import timezone

from portal import encryption
from portal.awork import oauth
from portal.awork.client import Client, FixedToken
from portal.awork.errors import (
    AworkError,
    AworkRefused,
    ClientRejected,
    SignInExpired,
    TooManyRequests,
    Unreachable,
)
from portal.awork.schemas import Exchange
from portal.awork.timeouts import CALL_SECONDS, REQUEST_SECONDS, send_while
from portal.locks import LockBusy, named_lock
from portal.models import AworkToken, User

REFRESH_MARGIN = timedelta(minutes=5)
LOCK_SECONDS = CALL_SECONDS + REQUEST_SECONDS
LOCK_WAIT_SECONDS = 40
API_KEY_CACHE_SECONDS = 3600
REFRESH = Exchange("POST", "/accounts/token")


@dataclass(frozen=True)
class TokenPair:
    """A person's decrypted tokens; `refresh_encrypted` is the refresh token as it is stored."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: datetime
    refresh_encrypted: str = field(repr=False)

    def needs_refresh(self) -> bool:
        """Whether the access token expires within five minutes."""
        return self.expires_at - timezone.now() < REFRESH_MARGIN

    def is_usable(self, rejected: str) -> bool:
        """Whether the access token has not expired and is not the `rejected` one."""
        return self.expires_at > timezone.now() and self.access != rejected


class UserCredentials:
    """The credentials of a person; the token is valid for at least five minutes when loaded."""

    def __init__(self, user_id: int) -> None:
        self._user_id = user_id
        pair = _load(user_id)
        self.token = _refreshed(user_id) if pair.needs_refresh() else pair.access

    def renew(self, rejected: str) -> bool:
        """Replace a token that awork rejected."""
        self.token = _refreshed(self._user_id, rejected)
        return True


def client_for(user: User) -> Client:
    """A client that acts as this person; raises `SignInExpired` if their tokens can't be refreshed."""
    return Client(UserCredentials(user.pk))


def background_client() -> Client | None:
    """A client that uses the API key, for lookups in the background; None if no key is set."""
    return Client(FixedToken(settings.AWORK_API_KEY)) if settings.AWORK_API_KEY else None


def api_key_client(workspace: UUID) -> Client | None:
    """The same, but None if the key is for another workspace with other people, roles and tasks."""
    client = background_client()
    if client is None:
        return None
    of_key = cache.get_or_set("api-key-workspace", lambda: client.me().workspace.id, API_KEY_CACHE_SECONDS)
    return client if of_key == workspace else None


def store(user: User, response: oauth.TokenResponse) -> None:
    """Store the tokens of a new sign-in."""
    values = _encrypted(response)
    AworkToken.objects.bulk_create(
        [AworkToken(user=user, **values)],
        update_conflicts=True,
        unique_fields=["user"],
        update_fields=list(values),
    )


def delete(user: User) -> None:
    """Delete a person's tokens."""
    AworkToken.objects.filter(user=user).delete()


def reencrypt(user_id: int) -> bool:
    """Encrypt a person's tokens with the first of TOKEN_KEYS; whether they were not already.

    Raises `InvalidToken` if no key decrypts them, and `LockBusy` while they are being refreshed: the refresh
    stores its result only in place of the value that it began with.
    """
    with named_lock(f"renew:{user_id}", seconds=LOCK_SECONDS, wait=LOCK_WAIT_SECONDS):
        row = AworkToken.objects.filter(pk=user_id).first()
        if row is None or all(map(encryption.is_current, (row.access, row.refresh))):
            return False
        changed = {name: encryption.reencrypt(getattr(row, name)) for name in ("access", "refresh")}
        same = AworkToken.objects.filter(pk=user_id, access=row.access, refresh=row.refresh)
        return bool(same.update(**changed))  # else a new sign-in has replaced them


def _refreshed(user_id: int, rejected: str = "") -> str:
    """A usable access token. Waits for a refresh in progress only if the current token isn't usable."""
    pair = _load(user_id)
    wait = 0 if pair.is_usable(rejected) else LOCK_WAIT_SECONDS
    try:
        with (
            named_lock(f"renew:{user_id}", seconds=LOCK_SECONDS, wait=wait) as lock,
            send_while(lambda: lock.expires_at),
        ):
            return _refresh(user_id, rejected)
    except LockBusy:
        if pair.is_usable(rejected):
            return pair.access
        raise Unreachable(REFRESH) from None


def _refresh(user_id: int, rejected: str) -> str:
    pair = _load(user_id)  # another request may have refreshed while we waited for the lock
    if pair.is_usable(rejected) and not (pair.needs_refresh() and pair.refresh):
        return pair.access
    # Only these tokens are changed: a new sign-in may have replaced them by then.
    row = AworkToken.objects.filter(pk=user_id, refresh=pair.refresh_encrypted)
    try:
        if not pair.refresh:
            raise SignInExpired(REFRESH)
        response = oauth.refresh(oauth.client_id(), pair.refresh)
    except (Unreachable, TooManyRequests, ClientRejected):  # the refresh token was not used
        if pair.is_usable(rejected):
            return pair.access
        raise
    except AworkError as error:
        row.delete()
        raise SignInExpired(error.exchange) from None
    values = _encrypted(response)
    row.update(**values | {"expires_at": timezone.now()})  # not lost if awork doesn't answer now
    renewed = AworkToken.objects.filter(pk=user_id, refresh=values["refresh"])
    _confirm_owner(user_id, response.access, renewed)
    renewed.update(expires_at=values["expires_at"])
    return response.access


def _confirm_owner(user_id: int, access: str, row: QuerySet[AworkToken]) -> None:
    """Delete the row and raise `SignInExpired` unless awork says that the token is this user's."""
    user, problem = User.objects.get(pk=user_id), REFRESH
    try:
        me = Client(FixedToken(access)).me()
        is_owner = (me.user.id, me.workspace.id) == (user.awork_id, user.workspace_id)
    except AworkRefused as error:
        is_owner, problem = False, error.exchange
    if not is_owner:
        row.delete()
        raise SignInExpired(problem)


def _load(user_id: int) -> TokenPair:
    row = AworkToken.objects.filter(pk=user_id).first()
    if row is None:
        raise SignInExpired(REFRESH)
    try:
        access, refresh = encryption.decrypt(row.access), encryption.decrypt(row.refresh)
    except InvalidToken:  # the key was removed from TOKEN_KEYS
        raise SignInExpired(REFRESH) from None
    return TokenPair(access, refresh, row.expires_at, row.refresh)


def _encrypted(response: oauth.TokenResponse) -> dict[str, str | datetime]:
    return {
        "access": encryption.encrypt(response.access),
        "refresh": encryption.encrypt(response.refresh),
        "expires_at": timezone.now() + timedelta(seconds=response.expires_in),
    }
