"""Rate limits per user and IP address, counted in the database for all processes.

Each window of time has its own counter. Its key is a keyed digest, so the table contains no personal data.
"""

from collections.abc import Container
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from math import ceil
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac

from portal.actor import Actor
from portal.locks import relaxed_durability
from portal.models import RateLimitCounter
from portal.signals import rate_limit_reached

IPV6_PREFIX = 64  # bits: a subscriber typically has all addresses of such a prefix
CLEANUP_BATCH = 500  # expired rows that one request deletes at most


@dataclass(frozen=True)
class RateLimit:
    """How often something may be done in `seconds`, by one user and from one IP address."""

    name: str
    seconds: int
    per_user: int | None = None
    per_ip: int | None = None


SIGN_IN = RateLimit("sign-in", seconds=600, per_ip=60)
SIGN_IN_PER_USER = RateLimit("sign-in", seconds=600, per_user=20)
EXPORT = RateLimit("export", seconds=3600, per_user=20, per_ip=60)
API = RateLimit("api", seconds=600, per_user=1200)  # per token
AWORK_UPDATES = RateLimit("awork-updates", seconds=60, per_user=600)  # per connection
FEED = RateLimit("feed", seconds=600, per_user=60)  # per key
FEED_OF_ANY_KEY = RateLimit("feed", seconds=600, per_ip=1200)
ADDRESS_LOOKUP = RateLimit("look-up", seconds=600, per_user=120, per_ip=600)
LIST_CHECK = RateLimit("list-check", seconds=3600, per_user=300, per_ip=1500)
LISTED_ADDRESSES = RateLimit("list-look-up", seconds=3600, per_user=3000, per_ip=15_000)


class RateLimitExceeded(Exception):
    """A rate limit is reached; retry after `wait` seconds."""

    def __init__(self, wait: int) -> None:
        super().__init__(f"retry after {wait} s")
        self.wait = wait


@dataclass(frozen=True)
class _Window:
    """What is counted for one person or address in the current window."""

    key: str
    maximum: int
    expires_at: datetime


def hit(limit: RateLimit, *, by: Actor, person: UUID | None = None, times: int = 1) -> None:
    """Count one more use; raises `RateLimitExceeded` if that is too many, and reports it once per window.

    So many `times` count together or not at all. `person` is the id to count if it isn't the actor's, for
    people the log must not name yet.
    """
    windows = _windows(limit, person or by.id, by.ip_address)
    if not windows:
        return
    counters = RateLimitCounter.objects.in_bulk([window.key for window in windows])
    # Requests beyond the limit only read.
    used = {key: counter.count for key, counter in counters.items()}
    full = next((one for one in windows if one.key in used and used[one.key] + times > one.maximum), None)
    full = full or _increment(windows, counters, times)
    if full is None:
        return
    if full.key not in counters or not counters[full.key].is_reported:
        _report_once(full.key, limit, by)
    raise RateLimitExceeded(max(1, ceil((full.expires_at - timezone.now()).total_seconds())))


def _windows(limit: RateLimit, person: UUID | None, ip_address: str) -> list[_Window]:
    number = int(timezone.now().timestamp() // limit.seconds)
    expires_at = datetime.fromtimestamp((number + 1) * limit.seconds, UTC)
    counted = []
    if limit.per_user and person:
        counted.append((f"person {person}", limit.per_user))
    if limit.per_ip and ip_address:
        counted.append((f"address {_network(ip_address)}", limit.per_ip))
    return [
        _Window(_digest(f"{limit.name} {subject} {number}"), maximum, expires_at)
        for subject, maximum in counted
    ]


def _digest(text: str) -> str:
    return salted_hmac(__name__, text, algorithm="sha256").hexdigest()


def _increment(windows: list[_Window], known: Container[str], times: int) -> _Window | None:
    """Count so many more in each window, up to the first that has no room for them; returns that one.

    In its own transaction, so that concurrent requests wait for these statements only. To avoid deadlocks,
    all requests lock the rows in the same order, new ones first.
    """
    with relaxed_durability(), transaction.atomic(durable=True):
        new = [
            RateLimitCounter(key=one.key, expires_at=one.expires_at)
            for one in windows
            if one.key not in known
        ]
        if new:
            _delete_expired()
            RateLimitCounter.objects.bulk_create(new, ignore_conflicts=True)
        for window in windows:
            available = RateLimitCounter.objects.filter(key=window.key, count__lte=window.maximum - times)
            if not available.update(count=F("count") + times):
                return window
    return None


def _delete_expired() -> None:
    """Delete expired windows, except those that another request is deleting."""
    over = RateLimitCounter.objects.select_for_update(skip_locked=True).filter(expires_at__lt=timezone.now())
    keys = list(over.values_list("key", flat=True)[:CLEANUP_BATCH])
    if keys:
        RateLimitCounter.objects.filter(key__in=keys).delete()


@transaction.atomic
def _report_once(key: str, limit: RateLimit, by: Actor) -> None:
    if RateLimitCounter.objects.filter(key=key, is_reported=False).update(is_reported=True):
        rate_limit_reached.send(sender=RateLimitCounter, actor=by, limit=limit.name)


def _network(address: str) -> str:
    try:
        is_ipv6 = ip_address(address).version == 6
        return str(ip_network((address, IPV6_PREFIX), strict=False)) if is_ipv6 else address
    except ValueError:
        return address
