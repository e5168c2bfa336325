"""OAuth's state: clients, codes, and families of tokens in which a refresh token lives once."""

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
    """An error of RFC 6749, by its name there."""

    def __init__(self, error: str, status: int = 400) -> None:
        super().__init__(error)
        self.error = error
        self.status = status


@dataclass(frozen=True)
class App:
    """A registered client; one without a secret is public."""

    client_id: str
    name: str
    redirect_uris: tuple[str, ...]
    secret: str = ""


@dataclass(frozen=True)
class Code:
    """What a code stands for until it is exchanged."""

    client_id: str
    redirect_uri: str
    challenge: str
    person: UUID
    until: float


@dataclass(frozen=True)
class Grant:
    """One person's sign-in at one client. Every refresh gives new tokens and spends the refresh token."""

    client_id: str
    person: str
    access: str = ""
    refresh: str = ""
    access_until: float = 0.0
    refresh_until: float = 0.0
    spent: tuple[str, ...] = ()
    earlier: tuple[tuple[str, float], ...] = ()

    def opens(self, access: str) -> bool:
        """Whether this access token is of this sign-in and still lives; a refresh does not end it."""
        tokens = ((self.access, self.access_until), *self.earlier)
        return any(token == access and until > time.time() for token, until in tokens)


class Grants:
    """Who is signed in at which client. `access_seconds` is how long access tokens live."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.reset()

    def reset(self) -> None:
        """Nobody is signed in and no client known."""
        with self.lock:
            self.apps: dict[str, App] = {}
            self.codes: dict[str, Code] = {}
            self.grants: list[Grant] = []
            self.access_seconds = ACCESS_SECONDS
            self.refreshes = 0

    def register(self, name: str, redirect_uris: list[str], *, client_id: str = "", secret: str = "") -> App:
        """Know a client from now on."""
        app = App(client_id or secrets.token_hex(16), name, tuple(redirect_uris), secret)
        with self.lock:
            self.apps[app.client_id] = app
        return app

    def client(self, client_id: str, secret: str, *, basic: bool) -> App:
        """The client that proves to be itself: by its secret if it has one, else by its id alone."""
        app = self.apps.get(client_id)
        if app is None or not secrets.compare_digest(app.secret.encode(), secret.encode()):
            raise OAuthError("invalid_client", 401)
        if bool(app.secret) != basic:
            raise OAuthError("invalid_client", 401)
        return app

    def grant_code(self, app: App, redirect_uri: str, challenge: str, person: UUID) -> str:
        """A code for this person, for one exchange within five minutes."""
        code = secrets.token_urlsafe(24)
        with self.lock:
            self.codes[code] = Code(
                app.client_id, redirect_uri, challenge, person, time.time() + CODE_SECONDS
            )
        return code

    def exchange(self, app: App, code: str, redirect_uri: str, verifier: str) -> Grant:
        """The tokens for a code; the code is spent even where the exchange fails."""
        with self.lock:
            known = self.codes.pop(code, None)
            if known is None or known.client_id != app.client_id or known.redirect_uri != redirect_uri:
                raise OAuthError("invalid_grant")
            if known.until < time.time() or known.challenge != challenge_of(verifier):
                raise OAuthError("invalid_grant")
            self.grants.append(self._fresh(Grant(app.client_id, str(known.person))))
            return self.grants[-1]

    def refresh(self, app: App, token: str) -> Grant:
        """New tokens for a refresh token; one that was spent before ends the whole sign-in."""
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
                    self.grants[index] = self._fresh(used)
                    return self.grants[index]
            raise OAuthError("invalid_grant")

    def _fresh(self, grant: Grant) -> Grant:
        now = time.time()
        return replace(
            grant,
            access=secrets.token_urlsafe(32),
            refresh=secrets.token_urlsafe(32),
            access_until=now + self.access_seconds,
            refresh_until=now + REFRESH_SECONDS,
        )

    def holder(self, access: str) -> UUID | None:
        """Whose access token this is, while it lives."""
        with self.lock:
            holders = (grant.person for grant in self.grants if grant.opens(access))
            found = next(holders, None)
        return UUID(found) if found else None

    def expire(self) -> None:
        """Let every access token run out now; refresh tokens stay good."""
        with self.lock:
            self.grants = [replace(grant, access_until=0.0, earlier=()) for grant in self.grants]

    def revoke(self) -> None:
        """End every sign-in."""
        with self.lock:
            self.grants = []

    def dump(self) -> dict[str, Any]:
        """What has to survive a restart."""
        with self.lock:
            return {
                "apps": [asdict(app) for app in self.apps.values()],
                "grants": [asdict(grant) for grant in self.grants],
            }

    def load(self, kept: dict[str, Any]) -> None:
        """Take up what `dump` gave."""
        with self.lock:
            for app in kept.get("apps", []):
                self.apps[app["client_id"]] = App(**{**app, "redirect_uris": tuple(app["redirect_uris"])})
            self.grants = [grant_of(one) for one in kept.get("grants", [])]


def grant_of(kept: dict[str, Any]) -> Grant:
    """A grant out of JSON, which knows no tuples."""
    earlier = tuple((token, until) for token, until in kept["earlier"])
    return Grant(**{**kept, "spent": tuple(kept["spent"]), "earlier": earlier})


def challenge_of(verifier: str) -> str:
    """PKCE's S256 (RFC 7636)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
