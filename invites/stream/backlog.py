"""How far each webhook has come, for those who watch the desk."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from invites.models import Webhook
from portal import clock

LATE = timedelta(minutes=15)


@dataclass(frozen=True)
class Backlog:
    """A webhook that is turned on, and the number of the last event that it has to deliver."""

    webhook: Webhook
    last: int

    @property
    def count(self) -> int:
        """How many events are not delivered, numbers lost in a restore included."""
        return max(0, self.last - self.webhook.position)

    @property
    def needs_attention(self) -> bool:
        """Whether it is parked, or fails for longer than a receiver takes to restart."""
        since = self.webhook.failing_since
        return self.webhook.parked_at is not None or (since is not None and since < clock.now() - LATE)


def backlogs(ends: Mapping[UUID, int]) -> list[Backlog]:
    """Those of the webhooks that are turned on, in the workspaces whose last event's number is given."""
    found = Webhook.objects.filter(is_on=True, workspace__in=ends).order_by("created_at", "pk")
    return [Backlog(one, ends.get(one.chain, 0)) for one in found]
