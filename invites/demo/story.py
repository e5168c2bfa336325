"""What happened in the demo's workspace: `story.tsv`, one row for each action."""

import csv
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path

STORY = Path(__file__).with_name("story.tsv")
FRIDAY = 4
COMMENT = "comment: "


@dataclass(frozen=True)
class Row:
    """`by` did `action` so many days ago, at this time in UTC; nobody for the desk itself.

    What happened today has a time before now instead. `task` is a project's key and the position of one of
    its open tasks. The meaning of `detail` depends on the action.
    """

    days: int
    time: timedelta
    by: str
    action: str
    guest: str = ""
    email: str = ""
    task: str = ""
    detail: str = ""

    @property
    def comment(self) -> str:
        """The comment on the task, if `detail` is one."""
        return self.detail.partition(COMMENT)[2]

    def moment(self, now: datetime) -> datetime:
        """When it happened; nobody works on a weekend, so then on the Friday before it."""
        if not self.days:
            return now - self.time
        day = now - timedelta(days=self.days)
        day -= timedelta(days=max(0, day.weekday() - FRIDAY))
        return day.replace(hour=0, minute=0, second=0, microsecond=0) + self.time


def load(now: datetime) -> list[tuple[datetime, Row]]:
    """All rows with their moments before `now`, the first one first."""
    with STORY.open(encoding="utf-8", newline="") as file:
        rows = [_row(row) for row in csv.DictReader(file, dialect="excel-tab")]
    return sorted(((row.moment(now), row) for row in rows), key=lambda pair: pair[0])


def _row(values: dict[str, str]) -> Row:
    hours, minutes = values["time"].split(":")
    time = timedelta(hours=int(hours), minutes=int(minutes))
    texts = {field.name: values[field.name] for field in fields(Row) if field.type is str}
    return Row(days=int(values["days"]), time=time, **texts)
