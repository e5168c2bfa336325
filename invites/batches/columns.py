"""The header of CSV: which column has what, in English or German."""

import re
from collections import Counter
from collections.abc import Sequence

from django.utils.translation import gettext as _

from invites.batches.unreadable import MAX_COLUMNS, Unreadable
from invites.models.csv_columns import NAMES, header
from portal.email_addresses import strip_invisible
from portal.language import grouped

COLUMNS = ("task", "role", "email", "first_name", "last_name", "gender", "ends_on")
NUMBER = "line"  # of the line as it was entered: in CSV that we wrote
FULL_NAME = "name"
SPELLINGS = {
    **dict.fromkeys(("line", "zeile"), NUMBER),
    **dict.fromkeys(("task", "aufgabe"), "task"),
    **dict.fromkeys(("role", "rolle"), "role"),
    **dict.fromkeys(("email", "mail", "emailaddress", "emailadresse", "mailadresse"), "email"),
    **dict.fromkeys(("firstname", "givenname", "vorname"), "first_name"),
    **dict.fromkeys(("lastname", "familyname", "surname", "nachname", "familienname"), "last_name"),
    **dict.fromkeys(("gender", "geschlecht"), "gender"),
    **dict.fromkeys(("endson", "enddate", "lastday", "lastdayofaccess"), "ends_on"),
    **dict.fromkeys(("endetam", "enddatum", "letztertag", "letztertagdeszugangs"), "ends_on"),
    "name": FULL_NAME,
}
NO_LETTERS = re.compile(r"[\W_]+")
SEPARATORS = (",", ";", "\t")
MAX_NAMED = 5  # unknown columns in a message
GENDERS = {
    **dict.fromkeys(("f", "w", "weiblich", "frau"), "female"),
    **dict.fromkeys(("m", "männlich", "herr"), "male"),
    **dict.fromkeys(("d", "x", "divers"), "other"),
    **{value: value for value in ("female", "male", "other")},  # in any case
}


def column(cell: str) -> str:
    """The column that a cell of the header names; "" for none."""
    return SPELLINGS.get(NO_LETTERS.sub("", strip_invisible(cell)).casefold(), "")


def separator(header: str, following: str = "") -> str:
    """What separates the cells, if this line is a header; "" if it isn't.

    A header has no address, and names a column. One in a language that we don't know is recognised by the
    line after it, which has as many cells.
    """
    if "@" in header:
        return ""
    known = {sign: sum(map(bool, map(column, header.split(sign)))) for sign in SEPARATORS}
    likeliest = max(SEPARATORS, key=lambda sign: (known[sign], header.count(sign)))
    count = header.count(likeliest)
    is_foreign = "@" in following and count and following.count(likeliest) == count
    return likeliest if known[likeliest] or is_foreign or count >= MAX_COLUMNS else ""


def read_header(cells: Sequence[str]) -> list[str]:
    """The column of each cell, "" below an empty one; raises `Unreadable`."""
    if len(cells) > MAX_COLUMNS:
        text = _("There are %(count)s columns, but at most %(most)s can be read.")
        raise Unreadable(text % {"count": grouped(len(cells)), "most": MAX_COLUMNS})
    found = [column(cell) for cell in cells]
    unknown = [cell.strip() for cell, name in zip(cells, found, strict=True) if cell.strip() and not name]
    if unknown:
        text = _("Unknown columns: %(unknown)s. Remove or rename them. Known are: %(known)s.")
        raise Unreadable(text % {"unknown": _listed(unknown), "known": ", ".join(header(COLUMNS))})
    twice = [name for name, count in Counter(filter(None, found)).items() if count > 1]
    if twice:
        raise Unreadable(
            _("The column %(name)s occurs more than once.") % {"name": NAMES.get(twice[0], twice[0])}
        )
    if "email" not in found:
        raise Unreadable(_("There is no column “email” in the first line."))
    if FULL_NAME in found and "first_name" in found and "last_name" not in found:
        return ["last_name" if name == FULL_NAME else name for name in found]
    return found


def gender(cell: str) -> str:
    """awork's word for a gender, whichever was entered; any other text as it is."""
    return GENDERS.get(cell.casefold(), cell)


def shorten(text: str) -> str:
    """The beginning of a text that may be long, for a message."""
    return text if len(text) <= 40 else f"{text[:40]}…"


def _listed(names: list[str]) -> str:
    shown = [shorten(name) for name in names[:MAX_NAMED]]
    return ", ".join([*shown, "…"] if len(names) > MAX_NAMED else shown)
