"""CSV files for spreadsheets, the same for every export."""

import csv
import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

BOM = "\ufeff"  # tells spreadsheets that this is UTF-8


class Separator(TextChoices):
    """What separates the cells: the URL parameter `separator`. German Excel splits at semicolons only."""

    COMMA = "comma", _("Comma")
    SEMICOLON = "semicolon", _("Semicolon (German Excel)")

    @property
    def character(self) -> str:
        """The separator itself."""
        return {Separator.COMMA: ",", Separator.SEMICOLON: ";"}[self]

    @classmethod
    def named(cls, name: str | None) -> "Separator":
        """The separator of this name, or the comma."""
        return cls(name) if name in cls.values else cls.COMMA


def _formula(separator: Separator) -> re.Pattern[str]:
    """Where a cell begins that spreadsheets run, also after blanks or quotes.

    With another list separator than the file's own, such a cell also begins inside ours, and one that we end
    with it goes on after it.
    """
    others = ",;\t\r\n".replace(separator.character, "")
    begin = r"(?:[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]|\Z)"
    return re.compile(rf'(?:^(?!\Z)|(?<=[{others}]))(?=[\s"]*{begin})')


FORMULAS = {separator: _formula(separator) for separator in Separator}


class _Echo:
    """A file for the CSV writer that returns each line."""

    def write(self, line: str) -> str:
        return line


def lines(rows: Iterable[Iterable[Any]], separator: Separator = Separator.COMMA) -> Iterator[str]:
    """The file, a line for each row, in which no cell is a formula."""
    writer = csv.writer(_Echo(), delimiter=separator.character)
    yield BOM
    for row in rows:
        yield str(writer.writerow([escape_formula(cell, separator) for cell in row]))


def with_end(rows: Iterable[list[Any]], more: str = "") -> Iterator[list[Any]]:
    """The column names, the rows, and a last row that says in its first cell how many there were, and `more`.

    Proxies pass on a file that broke off as if it were complete: without this row, it isn't.
    """
    count, width = -1, 1
    for count, row in enumerate(rows):  # noqa: B007
        width = len(row)
        yield row
    text = ngettext("End of export: %(count)s row", "End of export: %(count)s rows", count)
    yield [text % {"count": count} + more, *[""] * (width - 1)]


def escape_formula(cell: Any, separator: Separator = Separator.COMMA) -> Any:
    """A cell that spreadsheets do not run as a formula."""
    return FORMULAS[separator].sub("'", cell) if isinstance(cell, str) else cell
