"""Sign-ins under way: each has a state that works once, for ten minutes, in the browser it began in."""

import secrets
import time
from dataclasses import asdict, dataclass, field
from typing import Any

from django.contrib.sessions.backends.base import SessionBase

KEY = "sign_ins"
MAX_AGE_SECONDS = 600
MAX_PENDING = 5  # several may be signing in at once; older attempts give way


@dataclass(frozen=True)
class OAuthState:
    """One sign-in under way; `next` is the page to come back to, `at` seconds since the epoch."""

    state: str = field(repr=False)
    verifier: str = field(repr=False)
    next: str
    at: float


def create(session: SessionBase, back: str) -> OAuthState:
    """A new attempt, remembered in this browser's session."""
    attempt = OAuthState(secrets.token_urlsafe(32), secrets.token_urlsafe(64), back, time.time())
    session[KEY] = [*_pending(session), asdict(attempt)][-MAX_PENDING:]
    return attempt


def pop(session: SessionBase, state: str) -> OAuthState | None:
    """The attempt with this state, at most once: it is gone from the stored session when this returns."""
    known = _pending(session)
    sent = state.encode()
    found = next((entry for entry in known if secrets.compare_digest(entry["state"].encode(), sent)), None)
    if found is None:
        return None
    session[KEY] = [entry for entry in known if entry is not found]
    session.save()
    attempt = OAuthState(**found)
    return attempt if time.time() - attempt.at <= MAX_AGE_SECONDS else None


def _pending(session: SessionBase) -> list[dict[str, Any]]:
    return list(session.get(KEY, []))
