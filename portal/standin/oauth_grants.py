"""The OAuth server's clients, authorization codes and tokens; a refresh token works only once."""

import base64
import hashlib
import secrets
import threading
import time
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID

ACCESS_SECONDS = 24 * 3600
REFRESH_SECONDS = 30 * 24 * 3600
CODE_SECONDS = 300


class OAuthError(Exception):
    """An error of RFC 6749, such as `invalid_grant`."""

    def __init__(self, error: str, status: int = 400) -> None:
        super().__init__(error)
        self.error = error
        self.status = status


@dataclass(frozen=True)
class RegisteredClient:
    """A registered client; public if it has no secret."""

    client_id: str
    name: str
    redirect_uris: tuple[str, ...]
    secret: str = ""


@dataclass(frozen=True)
class AuthorizationCode:
    """What an authorization code was issued for."""

    client_id: str
    redirect_uri: str
    challenge: str
    person: UUID
    until: float


@dataclass(frozen=True)
class TokenGrant:
    """One person's sign-in at one client; `spent` are used refresh tokens, `earlier` older access tokens."""

    client_id: str
    person: str
    access: str = ""
    refresh: str = ""
    access_until: float = 0.0
    refresh_until: float = 0.0
    spent: tuple[str, ...] = ()
    earlier: tuple[tuple[str, float], ...] = ()

    def accepts(self, access: str) -> bool:
        """Whether this access token belongs here and has not expired; a refresh doesn't revoke it."""
        tokens = ((self.access, self.access_until), *self.earlier)
        return any(token == access and until > time.time() for token, until in tokens)


class OAuthGrants:
    """All clients, codes and sign-ins. `access_seconds` is the lifetime of new access tokens."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.reset()

    def reset(self) -> None:
        """Forget all clients and sign-ins."""
        with self.lock:
            self.apps: dict[str, RegisteredClient] = {}
            self.codes: dict[str, AuthorizationCode] = {}
            self.grants: list[TokenGrant] = []
            self.access_seconds = ACCESS_SECONDS
            self.refreshes = 0

    def register(
        self, name: str, redirect_uris: list[str], *, client_id: str = "", secret: str = ""
    ) -> RegisteredClient:
        """Register a client."""
        app = RegisteredClient(client_id or secrets.token_hex(16), name, tuple(redirect_uris), secret)
        with self.lock:
            self.apps[app.client_id] = app
        return app

    def client(self, client_id: str, secret: str, *, basic: bool) -> RegisteredClient:
        """Authenticate a client: by its secret if it has one, otherwise by its id alone."""
        app = self.apps.get(client_id)
        if app is None or not secrets.compare_digest(app.secret.encode(), secret.encode()):
            raise OAuthError("invalid_client", 401)
        if bool(app.secret) != basic:
            raise OAuthError("invalid_client", 401)
        return app

    def grant_code(self, app: RegisteredClient, redirect_uri: str, challenge: str, person: UUID) -> str:
        """A code for this person, valid once and for five minutes."""
        code = secrets.token_urlsafe(24)
        with self.lock:
            self.codes[code] = AuthorizationCode(
                app.client_id, redirect_uri, challenge, person, time.time() + CODE_SECONDS
            )
        return code

    def exchange(self, app: RegisteredClient, code: str, redirect_uri: str, verifier: str) -> TokenGrant:
        """Exchange a code for tokens; a failed attempt uses up the code too."""
        with self.lock:
            known = self.codes.pop(code, None)
            if known is None or known.client_id != app.client_id or known.redirect_uri != redirect_uri:
                raise OAuthError("invalid_grant")
            if known.until < time.time() or known.challenge != challenge_of(verifier):
                raise OAuthError("invalid_grant")
            self.grants.append(self._with_new_tokens(TokenGrant(app.client_id, str(known.person))))
            return self.grants[-1]

    def refresh(self, app: RegisteredClient, token: str) -> TokenGrant:
        """Exchange a refresh token for new tokens; reusing one ends the whole sign-in."""
        with self.lock:
            for index, grant in enumerate(self.grants):
                if grant.client_id != app.client_id:
                    continue
                if token in grant.spent:
                    del self.grants[index]
                    break
                if token == grant.refresh and grant.refresh_until > time.time():
                    self.refreshes += 1
                    earlier = (*grant.earlier, (grant.access, grant.access_until))
                    used = replace(grant, spent=(*grant.spent, token), earlier=earlier)
                    self.grants[index] = self._with_new_tokens(used)
                    return self.grants[index]
            raise OAuthError("invalid_grant")

    def _with_new_tokens(self, grant: TokenGrant) -> TokenGrant:
        now = time.time()
        return replace(
            grant,
            access=secrets.token_urlsafe(32),
            refresh=secrets.token_urlsafe(32),
            access_until=now + self.access_seconds,
            refresh_until=now + REFRESH_SECONDS,
        )

    def holder(self, access: str) -> UUID | None:
        """The owner of an access token that is still valid."""
        with self.lock:
            holders = (grant.person for grant in self.grants if grant.accepts(access))
            holder = next(holders, None)
        return UUID(holder) if holder else None

    def expire(self) -> None:
        """Expire all access tokens now; refresh tokens stay valid."""
        with self.lock:
            self.grants = [replace(grant, access_until=0.0, earlier=()) for grant in self.grants]

    def revoke(self) -> None:
        """End every sign-in."""
        with self.lock:
            self.grants = []

    def revoke_client(self, client_id: str, person: UUID) -> int:
        """End this person's sign-ins at one client; returns how many."""
        with self.lock:
            others = [
                grant for grant in self.grants if (grant.client_id, grant.person) != (client_id, str(person))
            ]
            count, self.grants = len(self.grants) - len(others), others
        return count

    def dump(self) -> dict[str, Any]:
        """The clients and sign-ins as JSON, for the next start."""
        with self.lock:
            return {
                "apps": [asdict(app) for app in self.apps.values()],
                "grants": [asdict(grant) for grant in self.grants],
            }

    def load(self, data: dict[str, Any]) -> None:
        """Restore what `dump` returned."""
        with self.lock:
            for app in data.get("apps", []):
                self.apps[app["client_id"]] = RegisteredClient(
                    **{**app, "redirect_uris": tuple(app["redirect_uris"])}
                )
            self.grants = [load_grant(one) for one in data.get("grants", [])]


def load_grant(data: dict[str, Any]) -> TokenGrant:
    """A grant from JSON, where tuples became lists."""
    earlier = tuple((token, until) for token, until in data["earlier"])
    return TokenGrant(**{**data, "spent": tuple(data["spent"]), "earlier": earlier})


def challenge_of(verifier: str) -> str:
    """The S256 code challenge of PKCE (RFC 7636)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
