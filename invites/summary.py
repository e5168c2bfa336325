"""What the list of invitations adds up to: counts by state, and a histogram by week."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property

from django.db.models import Count, Q
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from invites.filters import ATTENTION, TABS, InvitationFilter
from invites.models import Invitation, State
from portal import clock
from portal.web.filters import Tab
from portal.web.histogram import MIN_BARS, Histogram, Row, draw, per_day

WEEKS = MIN_BARS  # the picture is full
DRAWN = {state.value: state.label for state in (State.SENT, State.REFUSED, State.UNCLEAR)}  # from the bottom


@dataclass(frozen=True)
class Total:
    """How many of the invitations have this state."""

    state: State
    count: int


class Summary:
    """Counts of the invitations that match the filters other than that for the state; made when asked for."""

    def __init__(self, filters: InvitationFilter) -> None:
        self.filters = filters

    @cached_property
    def _counts(self) -> dict[str, int]:
        counts = {state.value: Count("pk", filter=Q(state=state)) for state in State}
        counts[ATTENTION] = Count("pk", filter=Invitation.needing_attention())
        return self.filters.narrow("state").aggregate(total=Count("pk"), **counts)

    @property
    def total(self) -> int:
        """How many there are."""
        return self._counts["total"]

    @property
    def totals(self) -> list[Total]:
        """How many there are of each state that there is."""
        return [Total(state, self._counts[state.value]) for state in State if self._counts[state.value]]

    @property
    def tabs(self) -> list[Tab]:
        """The states to choose from."""
        current = self.filters.active.get("state", "")
        return [
            Tab(
                label,
                self._counts[state or "total"],
                self.filters.with_value("state", state),
                state == current,
            )
            for state, label in TABS.items()
        ]

    @cached_property
    def histogram(self) -> Histogram | None:
        """Those sent, refused and unclear in the last weeks, in UTC, or before the filtered end."""
        today = min(self.filters.active.get("until", date.max), clock.now().date())
        last = today - timedelta(days=today.weekday())
        first = last - timedelta(weeks=WEEKS - 1)
        begin = datetime.combine(first, time.min, UTC)
        end = begin + timedelta(weeks=WEEKS)
        rows = self.filters.narrow("state").filter(state__in=DRAWN, created_at__gte=begin, created_at__lt=end)
        counts = per_day(rows, "created_at", "state")
        if not counts:
            return None
        return draw(counts, DRAWN, first=first, last=last, days=7, label=_label)

    @property
    def columns(self) -> list[str | Promise]:
        """The names of the table's columns of counts."""
        return list(DRAWN.values())

    @property
    def weeks(self) -> list[Row]:
        """The histogram's numbers, without empty weeks."""
        return self.histogram.rows(DRAWN) if self.histogram else []


def _label(monday: date, counts: Mapping[str, int]) -> str:
    text = _("Week of %(day)s: %(sent)s sent, %(refused)s refused, %(unclear)s unclear")
    return text % {"day": date_format(monday, "DATE_FORMAT"), **{state: counts[state] for state in DRAWN}}
