"""Paging by place, not by number: as fast on the last page as on the first, and still while rows arrive."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)
Position = tuple[datetime, Any]
OLDER, NEWER = "before", "after"  # as the address names them


@dataclass(frozen=True)
class Page(Generic[Row]):
    """The rows of one page, newest first, and the places where the pages beside it begin ("" for none)."""

    rows: list[Row]
    newer: str
    older: str


@dataclass(frozen=True)
class KeysetPaginator(Generic[Row]):
    """Pages of `size` rows in the order of the moment `at`, newest first, then of `key`, which is unique."""

    at: str
    size: int = 50
    key: str = "id"

    def page(self, rows: QuerySet[Row], asked: Mapping[str, str]) -> Page[Row]:
        """The page that the address asks for; the newest one where it names no place that can be read."""
        if (place := self._read(rows, asked.get(NEWER, ""))) is not None:
            return self._after(rows, place)
        return self._before(rows, self._read(rows, asked.get(OLDER, "")))

    def _before(self, rows: QuerySet[Row], place: Position | None) -> Page[Row]:
        if place is not None:
            rows = rows.filter(**{f"{self.at}__lte": place[0]})
            rows = rows.exclude(**{self.at: place[0], f"{self.key}__gte": place[1]})
        found = list(rows.order_by(f"-{self.at}", f"-{self.key}")[: self.size + 1])
        shown = found[: self.size]
        newer = self._write(shown[0]) if place is not None and shown else ""
        return Page(shown, newer, self._write(shown[-1]) if len(found) > self.size else "")

    def _after(self, rows: QuerySet[Row], place: Position) -> Page[Row]:
        beyond = rows.filter(**{f"{self.at}__gte": place[0]})
        beyond = beyond.exclude(**{self.at: place[0], f"{self.key}__lte": place[1]})
        found = list(beyond.order_by(self.at, self.key)[: self.size + 1])
        if len(found) <= self.size:
            return self._before(rows, None)  # the newest page, and a full one
        shown = found[self.size - 1 :: -1]
        return Page(shown, self._write(shown[0]), self._write(shown[-1]))

    def _write(self, row: Any) -> str:
        moment = getattr(row, self.at).astimezone(UTC)
        return f"{moment:%Y-%m-%dT%H:%M:%S.%fZ}~{getattr(row, self.key)}"

    def _read(self, rows: QuerySet[Row], written: str) -> Position | None:
        moment, _, key = written.partition("~")
        field: Any = rows.model._meta.get_field(self.key)
        try:
            return datetime.fromisoformat(moment).astimezone(UTC), field.to_python(key)
        except (ValueError, OverflowError, ValidationError):
            return None
