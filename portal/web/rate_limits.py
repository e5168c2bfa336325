"""Limits: how often somebody may do what can be misused; counted in the database, for all processes.

Time is cut into windows, and each window counts anew. What is counted is named by a digest that only this
portal can make: neither a person nor an address can be read from the table.
"""

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

IPV6_PREFIX = 64  # bits: who has one IPv6 address has all that begin with these
CLEANUP_BATCH = 500  # old rows that one request clears at most


@dataclass(frozen=True)
class RateLimit:
    """How often in `seconds` one person, and all who come from one address together, may do something."""

    name: str
    seconds: int
    per_user: int | None = None
    per_ip: int | None = None


SIGN_IN = RateLimit("sign-in", seconds=600, per_ip=60)
SIGN_IN_PER_USER = RateLimit("sign-in", seconds=600, per_user=20)
EXPORT = RateLimit("export", seconds=3600, per_user=20, per_ip=60)
ADDRESS_LOOKUP = RateLimit("look-up", seconds=600, per_user=120, per_ip=600)


class RateLimitExceeded(Exception):
    """Enough for now; in `wait` seconds it may be tried again."""

    def __init__(self, wait: int) -> None:
        super().__init__(f"again in {wait} s")
        self.wait = wait


def hit(limit: RateLimit, *, by: Actor, person: UUID | None = None) -> None:
    """Count one more; raises `RateLimitExceeded` where that is too much, and tells of it once in a window.

    `person` is who is counted where that is not the actor: somebody whom the log must not name yet.
    """
    one = person or by.id
    if limit.per_user and one:
        _count(limit, f"person {one}", limit.per_user, by)
    if limit.per_ip and by.ip_address:
        _count(limit, f"address {_network(by.ip_address)}", limit.per_ip, by)


def _count(limit: RateLimit, who: str, most: int, by: Actor) -> None:
    now = timezone.now().timestamp()
    window = int(now // limit.seconds)
    end = (window + 1) * limit.seconds
    key = salted_hmac(__name__, f"{limit.name} {who} {window}", algorithm="sha256").hexdigest()
    known = RateLimitCounter.objects.filter(key=key).first()
    if known and known.count >= most:  # a flood only reads
        is_reported = known.is_reported
    elif _increment(key, most, datetime.fromtimestamp(end, UTC)):
        return
    else:
        is_reported = False
    if not is_reported:
        _report_once(key, limit, by)
    raise RateLimitExceeded(ceil(end - now))


def _increment(key: str, most: int, expires_at: datetime) -> bool:
    """Count one more, unless that is too much."""
    left = RateLimitCounter.objects.filter(key=key, count__lt=most)
    with (
        relaxed_durability(),
        transaction.atomic(durable=True),
    ):  # nobody waits for more than these statements
        if left.update(count=F("count") + 1):
            return True
        _delete_expired()
        RateLimitCounter.objects.bulk_create(
            [RateLimitCounter(key=key, expires_at=expires_at)], ignore_conflicts=True
        )
        return bool(left.update(count=F("count") + 1))


def _delete_expired() -> None:
    """Forget windows that are over, apart from those that somebody else is about to forget."""
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
        return (
            str(ip_network((address, IPV6_PREFIX), strict=False))
            if ip_address(address).version == 6
            else address
        )
    except ValueError:
        return address
