"""The guests that were pasted or uploaded, one line each: read, and written as the CSV that pages carry."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from io import StringIO
from itertools import islice, zip_longest

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from invites.batches import columns, pasted_list
from invites.batches.unreadable import Unreadable, check_count, check_length
from portal.email_addresses import strip_invisible
from portal.web.pasted import Mailbox, SeveralAddresses, parse_mailbox

__all__ = ["Line", "Unreadable", "read", "with_problem", "write"]

DECLARED = re.compile(r"[\s\"]*sep=([,;\t])\"?[^\S\r\n]*(?:[\r\n]|\Z)", re.IGNORECASE)  # Excel's first line
NUMBER = re.compile(r"[1-9][0-9]{0,6}")
FORMULA = re.compile("[=+\\-@\uff1d\uff0b\uff0d\uff20]")  # how cells begin that spreadsheets run
NO_ADDRESS = gettext_lazy("There is no e-mail address in this line.")
SEVERAL_ADDRESSES = gettext_lazy("These are several addresses. Put each on a line of its own.")
NOT_A_NAME = gettext_lazy("A name can't begin with =, +, - or @, as formulas do.")


@dataclass(frozen=True)
class Line:
    """One guest as entered: nothing is looked up or judged.

    `number` is its line in the text or file, from 1. With empty `task` and `role` those of the page apply,
    with an empty `ends_on` the end date that the policy proposes.
    """

    number: int
    email: str
    first_name: str = ""
    last_name: str = ""
    gender: str = ""
    task: str = ""
    role: str = ""
    ends_on: str = ""
    problem: Promise | str = ""  # why it can't be read at all


def read(text: str) -> list[Line]:
    """Read pasted lines, a mail program's list, or CSV with a header; raises `Unreadable`."""
    text = text.removeprefix("\ufeff")
    if "\0" in text:
        raise Unreadable(_("There is a NUL character in it, which no text has."))
    declared = DECLARED.match(text)
    separator = declared[1] if declared else columns.separator(*_first_lines(text))
    if separator:
        return _read_csv(text, separator, has_declaration=bool(declared))
    return [_line(number, *pasted_list.parse(entry)) for number, entry in pasted_list.entries(text)]


def write(lines: Iterable[Line]) -> str:
    """CSV that `read` reads back to equal lines.

    Columns that are empty are left out: the previous release may not know them.
    """
    lines, file = list(lines), StringIO()
    names = [name for name in columns.COLUMNS if name == "email" or any(getattr(one, name) for one in lines)]
    writer = csv.writer(file)
    writer.writerow([columns.NUMBER, *names])
    writer.writerows([line.number, *(getattr(line, name) for name in names)] for line in lines)
    return file.getvalue()


def with_problem(line: Line) -> Line:
    """The line, with what makes it unreadable; for one whose values have changed."""
    return replace(line, problem=_problem(line))


def _problem(line: Line) -> Promise | str:
    if not pasted_list.is_parsable(line.email):
        return SEVERAL_ADDRESSES if line.email.count("@") > 1 else NO_ADDRESS
    try:
        parse_mailbox(line.email)
    except SeveralAddresses:
        return SEVERAL_ADDRESSES
    names = (line.first_name, line.last_name)
    return NOT_A_NAME if any(FORMULA.match(strip_invisible(name)) for name in names) else ""


def _line(number: int, *values: str) -> Line:
    return with_problem(Line(number, *(" ".join(value.split()) for value in values)))


def _first_lines(text: str) -> list[str]:
    """The first two that aren't empty."""
    lines = (line for line in re.split(r"[\r\n]+", text) if line.strip())
    return [*islice(lines, 2)] or [""]


def _read_csv(text: str, separator: str, *, has_declaration: bool) -> list[Line]:
    header, *found = [*_rows(text, separator)][has_declaration:] or [(0, [])]
    if not header[1]:
        return []
    names = columns.read_header(header[1])
    check_count(len(found))
    return [_from_row(number, cells, names) for number, cells in found]


def _rows(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that aren't empty, each with the number of its first line."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, skipinitialspace=True, strict=True)
    while True:
        number = reader.line_num + 1
        try:
            cells = [" ".join(cell.split()) for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error:
            raise _bad_quotes(number) from None
        if any(cells):
            yield number, cells


def _bad_quotes(number: int) -> Unreadable:
    text = _(
        "Line %(number)s can't be read: a quotation mark there isn't closed, or is followed by other text. "
        "Inside a value in quotation marks, double them."
    )
    return Unreadable(text % {"number": number})


def _from_row(number: int, cells: Sequence[str], names: Sequence[str]) -> Line:
    nameless = [cell for cell, name in zip_longest(cells, names, fillvalue="") if cell and not name]
    if nameless:
        text = _(
            "Line %(number)s has a value without a column: %(value)s. "
            "If a value has the separator in it, put it in quotation marks."
        )
        raise Unreadable(text % {"number": number, "value": columns.shorten(nameless[0])})
    values = dict(zip(names, cells, strict=False))
    for value in values.values():
        check_length(value, number)
    entered, email, full_name = (
        values.pop(name, "") for name in (columns.NUMBER, "email", columns.FULL_NAME)
    )
    if full_name:
        values["first_name"], values["last_name"] = Mailbox("", full_name).first_and_last_name
    values["gender"] = columns.gender(values.get("gender", ""))
    return with_problem(Line(int(entered) if NUMBER.fullmatch(entered) else number, email, **values))
