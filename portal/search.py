"""Searching by words, the same in every list.

Words are runs of letters and digits without case and accents; a percent sign belongs to its number. A term of
one word finds words that begin with it; a term of several, such as an address, finds exactly these in a row.
"""

import unicodedata
from typing import TypeVar

from django.db.models import Model, QuerySet

LIMIT = 8  # terms of one search that count
WORD = 60  # characters of a word that count
PERCENT = "%‰"
# Unicode counts these apostrophes as letters, and letters with a stroke as letters of their own.
APOSTROPHES = "\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u02c8\u02ca\u02cb\ua78c"
PLAIN = str.maketrans("łøđħŧ\u0131" + APOSTROPHES, "lodhti" + " " * len(APOSTROPHES))

Row = TypeVar("Row", bound=Model)


def words(text: str) -> list[str]:
    """The words of a text."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()).translate(PLAIN)
    letters = (
        one if one.isalnum() or one in PERCENT else " " for one in plain if not unicodedata.combining(one)
    )
    return [word[:WORD] for word in "".join(letters).split()]


def terms(text: str) -> list[list[str]]:
    """The terms of a search, each as its words."""
    return [found for term in text.split()[:LIMIT] if (found := words(term))]


def sort_key(text: str) -> tuple[list[str], str]:
    """Sorts names as people expect in English and in German: ä beside a, whatever the case."""
    return words(text), text


def document(*texts: str | None) -> str:
    """The words of a row for its column `search_text`, with a blank before and after each.

    A missing text is for the database to refuse.
    """
    return f" {' '.join(words(' '.join(filter(None, texts))))} "


def matching(rows: QuerySet[Row], text: str) -> QuerySet[Row]:
    """The rows whose `search_text` has all terms; none if what was typed has no letter or digit."""
    found = terms(text)
    if not found and text.strip():
        return rows.none()
    for term in found:
        end = " " if len(term) > 1 else ""
        rows = rows.filter(search_text__contains=f" {' '.join(term)}{end}")
    return rows
