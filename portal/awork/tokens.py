"""The tokens of the people: kept encrypted, renewed once however many requests need it.

awork gives a new refresh token with each refresh and the old one is dead at once. So one holder of a claim
refreshes, everybody else reads what came of it, and no database transaction is open meanwhile. A refresh
token whose answer was lost, or that was refused, is spent: the person signs in again.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

from portal.awork import oauth, rate_limit
from portal.awork.client import Client, FixedToken
from portal.awork.errors import AworkError, SignInExpired, TooManyRequests, Unreachable
from portal.awork.http import CALL_SECONDS
from portal.awork.oauth import TokenResponse
from portal.awork.registration import client_id
from portal.awork.schemas import Exchange
from portal.locks import LockBusy, named_lock
from portal.models import AworkToken, User

REFRESH_MARGIN = timedelta(minutes=5)
LOCK_SECONDS = 120  # a refresh may leave as long as its answer comes before they are over
LOCK_WAIT_SECONDS = 40
API_KEY_CACHE_SECONDS = 3600
REFRESH = Exchange("POST", "/accounts/token")


@dataclass(frozen=True)
class TokenPair:
    """The tokens of one person in the clear; `kept` is the stored refresh token, still encrypted."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: datetime
    kept: str = field(repr=False)

    def is_due(self) -> bool:
        """Whether the access token ends within five minutes."""
        return self.expires_at - timezone.now() < REFRESH_MARGIN

    def serves(self, spent: str) -> bool:
        """Whether the access token still lives and is not the one known to be `spent`."""
        return self.expires_at > timezone.now() and self.access != spent


class UserCredentials:
    """Credentials of a person, from the database."""

    def __init__(self, user_id: int) -> None:
        self._user_id = user_id
        held = _load(user_id)
        self._token = _refreshed(user_id) if held.is_due() else held.access

    def token(self) -> str:
        """The access token, good for five minutes when this was made."""
        return self._token

    def renew(self, spent: str) -> bool:
        """Exchange a token that awork did not accept."""
        self._token = _refreshed(self._user_id, spent)
        return True


def client_for(user: User) -> Client:
    """awork as this person; renews what is due, `SignInExpired` where that is no longer possible."""
    return Client(UserCredentials(user.pk))


def background_client() -> Client | None:
    """awork by the API key, for reading in the background; None where there is none."""
    return Client(FixedToken(settings.AWORK_API_KEY)) if settings.AWORK_API_KEY else None


def api_key_client(workspace: UUID) -> Client | None:
    """The same, if the key belongs to this workspace: others have other people, roles and tasks."""
    client = background_client()
    if client is None:
        return None
    of_key = cache.get_or_set("workspace-of-key", lambda: client.me().workspace.id, API_KEY_CACHE_SECONDS)
    return client if of_key == workspace else None


def store(user: User, grant: TokenResponse) -> None:
    """Store the tokens of a sign-in in place of older ones."""
    AworkToken.objects.update_or_create(user=user, defaults=_encrypted(grant))


def delete(user: User) -> None:
    """Drop the tokens of this person."""
    AworkToken.objects.filter(user=user).delete()


def _refreshed(user_id: int, spent: str = "") -> str:
    """A living access token other than `spent`; waits for a renewal under way unless one still serves."""
    held = _load(user_id)
    wait = 0 if held.serves(spent) else LOCK_WAIT_SECONDS
    try:
        with (
            named_lock(f"renew:{user_id}", seconds=LOCK_SECONDS, wait=wait),
            rate_limit.send_deadline(LOCK_SECONDS - CALL_SECONDS),
        ):
            return _refresh(user_id, spent)
    except LockBusy:
        if held.serves(spent):
            return held.access
        raise Unreachable(REFRESH) from None


def _refresh(user_id: int, spent: str) -> str:
    held = _load(user_id)  # again: somebody may have renewed before this claim was ours
    if held.serves(spent) and not (held.is_due() and held.refresh):
        return held.access
    row = AworkToken.objects.filter(pk=user_id, refresh=held.kept)  # a new sign-in meanwhile is kept
    try:
        if not held.refresh:
            raise SignInExpired(REFRESH)
        grant = oauth.refresh(client_id(), held.refresh)
    except (Unreachable, TooManyRequests):
        if held.serves(spent):
            return held.access
        raise
    except AworkError as problem:
        row.delete()
        raise SignInExpired(problem.exchange) from None
    row.update(**_encrypted(grant))
    return grant.access


def _load(user_id: int) -> TokenPair:
    row = AworkToken.objects.filter(pk=user_id).first()
    if row is None:
        raise SignInExpired(REFRESH)
    try:
        access, refresh = _decrypt(row.access), _decrypt(row.refresh)
    except InvalidToken:  # the key was taken out of TOKEN_KEYS
        raise SignInExpired(REFRESH) from None
    return TokenPair(access, refresh, row.expires_at, row.refresh)


def _encrypted(grant: TokenResponse) -> dict[str, str | datetime]:
    fernet = _fernet()
    return {
        "access": fernet.encrypt(grant.access.encode()).decode(),
        "refresh": fernet.encrypt(grant.refresh.encode()).decode(),
        "expires_at": timezone.now() + timedelta(seconds=grant.expires_in),
    }


def _decrypt(kept: str) -> str:
    return _fernet().decrypt(kept).decode()


def _fernet() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.TOKEN_KEYS])
