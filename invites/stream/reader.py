"""Reads a chain for other systems: oldest first, after a sequence number, and without leaving any event out.

An event gets its number while its chain is locked until the commit, so none becomes visible before the one
with the number before it. What can't be read ends the stream: nothing after it is given.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from invites.audit import chain
from invites.audit.catalogue import EventType
from invites.audit.export import entries, line
from invites.audit.models import Event
from invites.audit.reader import UNREADABLE
from invites.audit.undecoded import undecoded_text

Entry = dict[str, Any]


class StreamBroken(Exception):
    """The event after number `after` is missing or can't be read; `manage.py verify_audit` says more."""

    def __init__(self, after: int) -> None:
        super().__init__(f"the event after {after} is missing or can't be read")
        self.after = after


class BeyondEnd(Exception):
    """There is no event with the number that was given: the log ends at `last`."""

    def __init__(self, last: int) -> None:
        super().__init__(f"the log ends at {last}")
        self.last = last


@dataclass(frozen=True)
class Part:
    """Lines of JSON, one for each event, and the number of the last one."""

    lines: list[str]
    last: int


def read(
    workspace: UUID, after: int, limit: int, *, max_bytes: int, form: Callable[[Entry], Entry] | None = None
) -> Part:
    """The events of a chain after this number, each written in this form: at most `limit`.

    They have about `max_bytes` together: as many events as fit, and at least one. Raises `StreamBroken`
    unless the next event can be given, and `BeyondEnd`.
    """
    found = _connected(_entries(workspace, after, limit), after)
    if not found:
        _check_end(workspace, after)
    lines: list[str] = []
    room = max_bytes
    for one in found:
        lines.append(line(form(one) if form else one))
        room -= len(lines[-1].encode("utf-8", "replace"))
        if room < 0 and len(lines) > 1:
            lines.pop()
        if room < 0:
            break
    if lines and connection.vendor == "postgresql":
        chain.flush()  # a power cut must not take back what others have read
    return Part(lines, found[len(lines) - 1]["event"]["sequence"] if lines else after)


@undecoded_text()
def _entries(workspace: UUID, after: int, limit: int) -> list[Entry]:
    """Fewer than `limit` before an event that can't be read."""
    events = Event.objects.filter(workspace=workspace, sequence__gt=after).order_by("sequence")
    try:
        return entries(events[:limit])
    except UNREADABLE:
        if limit == 1:
            raise StreamBroken(after) from None
    return _entries(workspace, after, limit // 2)


def _connected(found: list[Entry], after: int) -> list[Entry]:
    """The events up to the first gap; raises `StreamBroken` if that is before all of them."""
    last = after
    for index, one in enumerate(found):
        if not _follows(one["event"], last):
            if index == 0:
                raise StreamBroken(after)
            return found[:index]
        last = one["event"]["sequence"]
    return found


def _follows(event: dict[str, Any], last: int) -> bool:
    """Whether the event has the next number, or says that those between were lost in a restore."""
    number, details = event["sequence"], event["details"]
    if number == last + 1 or event["type"] != EventType.RESTORED or not isinstance(details, dict):
        return bool(number == last + 1)
    after, before = details.get("last_after"), details.get("last_before")
    if not isinstance(after, int) or not isinstance(before, int):
        return False
    return bool(after <= last <= before == number - 1)


def _check_end(workspace: UUID, after: int) -> None:
    end = chain.last(workspace)
    last = end.sequence if end else 0
    if after > last:
        raise BeyondEnd(last)
