"""How much of the log is verified: what the line at the top of its page says."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Q, QuerySet, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from invites.audit import chain
from invites.audit.catalogue import EventType
from invites.audit.models import Event
from portal.actor import PORTAL_WORKSPACE
from portal.language import grouped


@dataclass(frozen=True)
class ChainStatus:
    """One chain: its last verification, up to which event that came, and the number of its last event."""

    event: Event | None
    verified: int
    last: int

    @property
    def is_broken(self) -> bool:
        """Whether the last verification found a problem."""
        return self.event is not None and self.event.outcome != "whole"


@dataclass(frozen=True)
class LogStatus:
    """The chain of a workspace, and that of the portal as a whole, which its page shows as well."""

    own: ChainStatus
    portal: ChainStatus

    @property
    def event(self) -> Event | None:
        """The verification to name: one that found a problem, else the workspace's."""
        return next((one.event for one in (self.own, self.portal) if one.is_broken), self.own.event)

    @property
    def newer(self) -> int:
        """How many events of both chains are not verified yet."""
        return sum(max(0, one.last - one.verified) for one in (self.own, self.portal))

    @property
    def range(self) -> str:
        """Up to which event each chain is verified."""
        own = grouped(self.own.verified)
        if not self.portal.verified:
            return _("Verified up to event %(own)s") % {"own": own}
        portal = grouped(self.portal.verified)
        text = _("Verified up to event %(own)s, and up to event %(portal)s of the portal")
        return text % {"own": own, "portal": portal}

    @property
    def rest(self) -> str:
        """How many events came after that."""
        count = self.newer
        if self.event is None:
            text = ngettext(
                "%(count)s event, not verified yet.", "%(count)s events, not verified yet.", count
            )
        else:
            text = ngettext(
                "%(count)s newer event not yet verified.", "%(count)s newer events not yet verified.", count
            )
        return text % {"count": grouped(count)}

    @property
    def verified_at(self) -> datetime | None:
        """When the chains were verified: the earlier time."""
        times = [one.event.at for one in (self.own, self.portal) if one.event and one.verified]
        return min(times, default=None)


def log_status(workspace: UUID) -> LogStatus:
    """How much is verified of what the workspace's auditors see."""
    found = chain_statuses([workspace, PORTAL_WORKSPACE])
    return LogStatus(found[workspace], found[PORTAL_WORKSPACE])


def chain_statuses(workspaces: Iterable[UUID]) -> dict[UUID, ChainStatus]:
    """The chains of workspaces, and of the portal if that is among them. A query, and one for each."""
    workspaces = list(workspaces)
    newest = [Q(pk=Subquery(last_verification(one).values("pk"))) for one in workspaces]
    events = {event.workspace: event for event in Event.objects.filter(reduce(or_, newest))}
    return {one: _chain_status(one, events.get(one)) for one in workspaces}


def last_verification(workspace: UUID) -> QuerySet[Event]:
    """The event of the chain's last verification; there may be none."""
    verifications = Event.objects.filter(workspace=workspace, type=EventType.VERIFIED)
    return verifications.order_by("-at", "-id")[:1]


def _chain_status(workspace: UUID, event: Event | None) -> ChainStatus:
    count = event.details.get("events") if event and isinstance(event.details, dict) else 0
    last = chain.last(workspace)
    return ChainStatus(event, count if isinstance(count, int) else 0, last.sequence if last else 0)
