"""Pending sign-ins: each has a state that is valid once, for ten minutes, in the same browser."""

import secrets
import time
from dataclasses import asdict, dataclass, field
from typing import Any

from django.contrib.sessions.backends.base import SessionBase

KEY = "sign_ins"
MAX_AGE_SECONDS = 600
MAX_PENDING = 5  # several tabs may sign in at once; the oldest are dropped


@dataclass(frozen=True)
class OAuthState:
    """One pending sign-in; `next` is the page to return to, `at` is in seconds since the epoch."""

    state: str = field(repr=False)
    verifier: str = field(repr=False)
    next: str
    at: float


def create(session: SessionBase, back: str) -> OAuthState:
    """Store a new pending sign-in in this session."""
    attempt = OAuthState(secrets.token_urlsafe(32), secrets.token_urlsafe(64), back, time.time())
    session[KEY] = [*_pending(session), asdict(attempt)][-MAX_PENDING:]
    return attempt


def pop(session: SessionBase, state: str) -> OAuthState | None:
    """Return the pending sign-in with this state and delete it from the stored session, so it works once."""
    pending = _pending(session)
    sent = state.encode()
    found = next((entry for entry in pending if secrets.compare_digest(entry["state"].encode(), sent)), None)
    if found is None:
        return None
    session[KEY] = [entry for entry in pending if entry is not found]
    session.save()
    attempt = OAuthState(**found)
    return attempt if time.time() - attempt.at <= MAX_AGE_SECONDS else None


def _pending(session: SessionBase) -> list[dict[str, Any]]:
    return list(session.get(KEY, []))
