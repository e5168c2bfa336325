"""The time that rows and events record: the present, unless the demo is making its past."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

_shift: ContextVar[timedelta] = ContextVar("clock shift", default=timedelta(0))


def now() -> datetime:
    """The current time in UTC."""
    return timezone.now() + _shift.get()


def today() -> date:
    """The present day in DESK_TIME_ZONE, in which the days of end dates begin and end."""
    return timezone.localdate(now(), ZoneInfo(settings.DESK_TIME_ZONE))


@contextmanager
def starting_at(moment: datetime) -> Iterator[None]:
    """Let the block run as if it began at this moment; raises `RuntimeError` except in the demo.

    Time passes as usual within the block. Locks, tokens and sessions stay in the present.
    """
    if not settings.DEMO:
        raise RuntimeError("the time can be set in the demo only")
    token = _shift.set(moment - timezone.now())
    try:
        yield
    finally:
        _shift.reset(token)
