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

from portal import disk
from portal.actor import Actor
from portal.models import Tally
from portal.signals import limit_reached

SITE = 64  # bits: who has one IPv6 address has all that begin with these
CLEARED = 500  # old rows that one request clears at most


@dataclass(frozen=True)
class Limit:
    """How often in `seconds` one person, and all who come from one address together, may do something."""

    name: str
    seconds: int
    person: int | None = None
    address: int | None = None


SIGN_IN = Limit("sign-in", seconds=600, address=60)
SIGN_IN_OF_ONE = Limit("sign-in", seconds=600, person=20)
EXPORT = Limit("export", seconds=3600, person=20, address=60)
LOOK_UP = Limit("look-up", seconds=600, person=120, address=600)


class TooMany(Exception):
    """Enough for now; in `wait` seconds it may be tried again."""

    def __init__(self, wait: int) -> None:
        super().__init__(f"again in {wait} s")
        self.wait = wait


def spend(limit: Limit, *, by: Actor, person: UUID | None = None) -> None:
    """Count one more; raises `TooMany` where that is too much, and tells of it once in a window.

    `person` is who is counted where that is not the actor: somebody whom the log must not name yet.
    """
    one = person or by.id
    if limit.person and one:
        _count(limit, f"person {one}", limit.person, by)
    if limit.address and by.address:
        _count(limit, f"address {_site(by.address)}", limit.address, by)


def _count(limit: Limit, who: str, most: int, by: Actor) -> None:
    now = timezone.now().timestamp()
    window = int(now // limit.seconds)
    end = (window + 1) * limit.seconds
    key = salted_hmac(__name__, f"{limit.name} {who} {window}", algorithm="sha256").hexdigest()
    known = Tally.objects.filter(key=key).first()
    if known and known.count >= most:  # a flood only reads
        is_told = known.is_told
    elif _add(key, most, datetime.fromtimestamp(end, UTC)):
        return
    else:
        is_told = False
    if not is_told:
        _tell_once(key, limit, by)
    raise TooMany(ceil(end - now))


def _add(key: str, most: int, until: datetime) -> bool:
    """Count one more, unless that is too much."""
    left = Tally.objects.filter(key=key, count__lt=most)
    with disk.spared(), transaction.atomic(durable=True):  # nobody waits for more than these statements
        if left.update(count=F("count") + 1):
            return True
        _clear()
        Tally.objects.bulk_create([Tally(key=key, until=until)], ignore_conflicts=True)
        return bool(left.update(count=F("count") + 1))


def _clear() -> None:
    """Forget windows that are over, apart from those that somebody else is about to forget."""
    over = Tally.objects.select_for_update(skip_locked=True).filter(until__lt=timezone.now())
    keys = list(over.values_list("key", flat=True)[:CLEARED])
    if keys:
        Tally.objects.filter(key__in=keys).delete()


@transaction.atomic
def _tell_once(key: str, limit: Limit, by: Actor) -> None:
    if Tally.objects.filter(key=key, is_told=False).update(is_told=True):
        limit_reached.send(sender=Tally, actor=by, limit=limit.name)


def _site(address: str) -> str:
    try:
        return str(ip_network((address, SITE), strict=False)) if ip_address(address).version == 6 else address
    except ValueError:
        return address
