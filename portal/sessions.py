"""Sessions: 8 hours without use and 7 days in all; each is known to its person, who can end it.

A Django session engine (SESSION_ENGINE). What a person is shown of a session stands in the session itself
and is copied into columns of its row at each save.
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone

from portal.models import Session, User

IDLE = timedelta(hours=8)
WHOLE = timedelta(days=7)
GRAIN = 300  # seconds of use that need not be written down
FACTS = "desk"


class SessionStore(DatabaseStore):
    """Django's sessions in the database, with their own ends."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        row: Any = super().create_model_instance(data)
        row.user_id = data.get(SESSION_KEY)
        facts = data.get(FACTS)
        if facts:
            row.handle, row.address, row.agent = facts["handle"], facts["address"], facts["agent"]
            row.begun_at, row.seen_at = _moment(facts["begun"]), _moment(facts["seen"])
        return row

    def get_expiry_date(self, **_: Any) -> datetime:
        """The end of idleness or of the whole time, whichever comes first."""
        facts, idle = self.get(FACTS), timezone.now() + IDLE
        return min(idle, _moment(facts["begun"]) + WHOLE) if facts else idle

    def get_expiry_age(self, **_: Any) -> int:
        return max(0, int((self.get_expiry_date() - timezone.now()).total_seconds()))


def begin(session: SessionBase, *, address: str, agent: str) -> None:
    """Note where and when somebody has just signed in; forgets all sessions whose time is over."""
    SessionStore.clear_expired()
    session.cycle_key()  # Django keeps the key where the same person signs in again, for seven days more
    now = time.time()
    session[FACTS] = {"handle": str(uuid4()), "begun": now, "seen": now, "address": address, "agent": agent}


def use(session: SessionBase) -> None:
    """Note that the session is in use: its idleness begins anew."""
    facts = session.get(FACTS)
    if facts and time.time() - facts["seen"] > GRAIN:
        session[FACTS] = facts | {"seen": time.time()}


def end_all(user: User) -> None:
    """End every session of this person."""
    user.sessions.all().delete()


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
