"""The session engine: sessions expire after 8 hours without use and after 7 days in total.

Metadata that users see on their account page is part of the session data; each save copies it into columns.
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import transaction
from django.utils import timezone

from portal.models import Session, User

IDLE_TIMEOUT = timedelta(hours=8)
MAX_AGE = timedelta(days=7)
TOUCH_SECONDS = 300  # how long use is not saved
METADATA_KEY = "desk"


class SessionStore(DatabaseStore):
    """Django's database sessions with two expiry times.

    Values that were deleted from the row since it was loaded, as by an erasure, are not saved again. A
    session that was ended meanwhile stays ended, and the response is sent all the same: the invitation that
    it is about may have been sent.
    """

    loaded: dict[str, Any] = {}

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def load(self) -> dict[str, Any]:
        data = super().load()
        self.loaded = dict(data)
        return data

    def save(self, must_create: bool = False) -> None:
        with transaction.atomic():
            if must_create or not self.session_key or self.drop_deleted():
                super().save(must_create)

    def drop_deleted(self) -> bool:
        """Drop unchanged values that the row no longer has; locks it until the transaction ends.

        False if there is no row any more.
        """
        row = Session.objects.select_for_update().filter(pk=self.session_key).first()
        stored = row.get_decoded() if row else self.loaded
        for name, value in self.loaded.items():
            if name not in stored and self.get(name) == value:
                del self[name]
        return row is not None

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        row: Any = super().create_model_instance(data)
        row.user_id = data.get(SESSION_KEY)
        facts = data.get(METADATA_KEY)
        if facts:
            row.handle, row.ip_address, row.user_agent = (
                facts["handle"],
                facts["ip_address"],
                facts["user_agent"],
            )
            row.started_at, row.last_seen_at = _moment(facts["started"]), _moment(facts["seen"])
        return row

    def get_expiry_date(self, **_: Any) -> datetime:
        """The idle timeout or the maximum age, whichever comes first."""
        facts, idle = self.get(METADATA_KEY), timezone.now() + IDLE_TIMEOUT
        return min(idle, _moment(facts["started"]) + MAX_AGE) if facts else idle

    def cycle_key(self) -> None:
        """Change the key; unlike Django's, the new row is written only once, when the session is saved."""
        old_key = self.session_key
        if old_key:
            with transaction.atomic():
                self.drop_deleted()
        data = dict(self.items())
        self._session_key, self._session_cache, self.modified = None, data, True
        if old_key:
            self.delete(old_key)

    def delete(self, session_key: str | None = None) -> None:
        """Django's reads the row before it deletes it."""
        Session.objects.filter(session_key=session_key or self.session_key).delete()

    def get_expiry_age(self, **_: Any) -> int:
        return max(0, int((self.get_expiry_date() - timezone.now()).total_seconds()))


def start(session: SessionBase, *, ip_address: str, user_agent: str) -> None:
    """Store when and from where someone signed in; deletes expired sessions of everyone."""
    SessionStore.clear_expired()
    now = time.time()
    session[METADATA_KEY] = {
        "handle": str(uuid4()),
        "started": now,
        "seen": now,
        "ip_address": ip_address,
        "user_agent": user_agent,
    }


def touch(session: SessionBase) -> None:
    """Restart the idle timeout."""
    facts = session.get(METADATA_KEY)
    if facts and time.time() - facts["seen"] > TOUCH_SECONDS:
        session[METADATA_KEY] = facts | {"seen": time.time()}


def end(session: SessionBase) -> bool:
    """End this session; False if another request has ended it."""
    deleted, _ = Session.objects.filter(session_key=session.session_key).delete()
    return bool(deleted)


def end_all(user: User) -> None:
    """End every session of this user."""
    user.sessions.all().delete()


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
