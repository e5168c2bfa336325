"""What the list of guests adds up to: counts by state, and a histogram by week."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property

from django.db.models import Count
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from invites.guests.filters import TABS, GuestFilter
from invites.models import AWAY, GuestState
from portal import clock
from portal.web.filters import Tab
from portal.web.histogram import MIN_BARS, Histogram, Row, draw, per_day

WEEKS = MIN_BARS  # the picture is full
DRAWN = {
    state.value: state.label for state in (GuestState.JOINED, GuestState.PENDING, GuestState.ENDED)
}  # from the bottom


class Summary:
    """Counts of the guests that match the filters other than that for the state; made when asked for."""

    def __init__(self, filters: GuestFilter) -> None:
        self.filters = filters

    @cached_property
    def _counts(self) -> dict[str, int]:
        found = self.filters.narrow("state").order_by().values("state").annotate(count=Count("pk"))
        return {row["state"]: row["count"] for row in found}

    @property
    def total(self) -> int:
        """How many there are."""
        return sum(self._counts.values())

    @property
    def tabs(self) -> list[Tab]:
        """The states to choose from."""
        current = self.filters.active.get("state", "")
        return [
            Tab(
                label,
                self._counts.get(state, 0) if state else self.total,
                self.filters.with_value("state", state),
                state == current,
            )
            for state, label in TABS.items()
        ]

    @cached_property
    def histogram(self) -> Histogram | None:
        """The guests invited in each of the last weeks, in UTC, by what has become of them."""
        today = clock.now().date()
        last = today - timedelta(days=today.weekday())
        first = last - timedelta(weeks=WEEKS - 1)
        begin = datetime.combine(first, time.min, UTC)
        rows = self.filters.narrow("state").filter(invited_at__gte=begin)
        counts: dict[tuple[date, str], int] = {}
        for (day, state), count in per_day(rows, "invited_at", "state").items():
            kind = GuestState.ENDED.value if state in AWAY else state
            if kind in DRAWN:
                counts[day, kind] = counts.get((day, kind), 0) + count
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
    text = _("Invited in the week of %(day)s: %(joined)s joined, %(pending)s pending, %(ended)s ended")
    return text % {"day": date_format(monday, "DATE_FORMAT"), **{state: counts[state] for state in DRAWN}}
