"""Keyset pagination: pages begin at a row's values, not at a number.

The last page is as fast as the first, and rows that arrive in between neither skip nor repeat others.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import merge
from itertools import islice
from typing import Any, Generic, TypeVar
from urllib.parse import unquote

from django.core.exceptions import ValidationError
from django.db.models import DateTimeField, Model, QuerySet

Row = TypeVar("Row", bound=Model)
Position = tuple[Any, ...]
OLDER, NEWER = "before", "after"  # URL parameters


@dataclass(frozen=True)
class Page(Generic[Row]):
    """The rows of one page, and the positions of the pages above and below it in the list ("" for none)."""

    rows: list[Row]
    newer: str
    older: str


@dataclass(frozen=True)
class KeysetPaginator(Generic[Row]):
    """Pages of `size` rows, ordered by `fields`, of which the last is unique; newest first by default."""

    fields: tuple[str, ...]
    size: int = 50
    descending: bool = True

    @property
    def parameters(self) -> tuple[str, str]:
        """The URL parameters of the pages above and below."""
        return (NEWER, OLDER) if self.descending else (OLDER, NEWER)

    def page(self, rows: QuerySet[Row], asked: Mapping[str, str]) -> Page[Row]:
        """The page that these URL parameters ask for; the first one if the position is invalid."""
        return self.merged_page([rows], asked)

    def merged_page(self, parts: list[QuerySet[Row]], asked: Mapping[str, str]) -> Page[Row]:
        """The same for several querysets whose rows are shown in one list."""
        up, down = self.parameters
        if (position := self.parse(parts[0].model, asked.get(up, ""))) is not None:
            return self._above(parts, position)
        return self._below(parts, self.parse(parts[0].model, asked.get(down, "")))

    def ordered(self, rows: QuerySet[Row], *, reverse: bool = False) -> QuerySet[Row]:
        """The rows in the order of the list, or the reverse."""
        sign = "-" if self.descending != reverse else ""
        return rows.order_by(*(f"{sign}{name}" for name in self.fields))

    def beyond(self, rows: QuerySet[Row], position: Position, *, reverse: bool = False) -> QuerySet[Row]:
        """Only the rows after this position in that order."""
        past, through = ("gt", "gte") if self.descending != reverse else ("lt", "lte")
        onward = "lte" if past == "gt" else "gte"
        # Not `Q | Q`: only this form lets both databases start reading in the middle of the index.
        rows = rows.filter(**{f"{self.fields[0]}__{onward}": position[0]})
        for index, name in enumerate(self.fields[1:], 1):
            equal = dict(zip(self.fields[:index], position, strict=False))
            last = name == self.fields[-1]
            rows = rows.exclude(**equal, **{f"{name}__{through if last else past}": position[index]})
        return rows

    def merge(self, parts: Iterable[Iterable[Row]], *, reverse: bool = False) -> Iterator[Row]:
        """One ordered stream of several ordered ones."""
        return merge(*parts, key=self._values, reverse=self.descending != reverse)

    def position(self, row: Row) -> str:
        """A row's position as a URL parameter."""
        return "~".join(_write(value) for value in self._values(row))

    def parse(self, model: type[Row], text: str) -> Position | None:
        """The values in a URL parameter; None if it is invalid."""
        parts = text.replace("\0", "").split("~")
        if len(parts) != len(self.fields):
            return None
        try:
            return tuple(_read(model, name, part) for name, part in zip(self.fields, parts, strict=True))
        except (ValueError, OverflowError, ValidationError):
            return None

    def _below(self, parts: list[QuerySet[Row]], position: Position | None) -> Page[Row]:
        found = self._rows(parts, position)
        shown = found[: self.size]
        newer = self.position(shown[0]) if position is not None and shown else ""
        return Page(shown, newer, self.position(shown[-1]) if len(found) > self.size else "")

    def _above(self, parts: list[QuerySet[Row]], position: Position) -> Page[Row]:
        found = self._rows(parts, position, reverse=True)
        if len(found) <= self.size:
            return self._below(parts, None)  # the first page, and a full one
        shown = found[self.size - 1 :: -1]
        return Page(shown, self.position(shown[0]), self.position(shown[-1]))

    def _rows(
        self, parts: list[QuerySet[Row]], position: Position | None, *, reverse: bool = False
    ) -> list[Row]:
        if position is not None:
            parts = [self.beyond(rows, position, reverse=reverse) for rows in parts]
        ordered = [self.ordered(rows, reverse=reverse)[: self.size + 1] for rows in parts]
        if len(ordered) == 1:
            return list(ordered[0])
        return list(islice(self.merge(ordered, reverse=reverse), self.size + 1))

    def _values(self, row: Row) -> Position:
        return tuple(getattr(row, name) for name in self.fields)


def _write(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    return str(value).replace("%", "%25").replace("~", "%7E")


def _read(model: type[Model], name: str, text: str) -> Any:
    field: Any = model._meta.get_field(name)
    if isinstance(field, DateTimeField):
        return datetime.fromisoformat(text).astimezone(UTC)
    value = field.to_python(unquote(text).replace("\0", ""))
    field.run_validators(value)  # a number that the column cannot hold, too
    return value
