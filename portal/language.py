"""Which language pages and e-mails are in. Stored values, events, JSON and log lines are in English."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.utils import translation
from django.utils.formats import number_format
from django.utils.translation import get_supported_language_variant

from portal.models import User


def supported(tag: str) -> str:
    """The language of the desk for a tag such as "de-DE"; "" if the desk doesn't speak it."""
    try:
        return get_supported_language_variant(tag.lower().replace("_", "-"))
    except LookupError:
        return ""


def of(user: User) -> str:
    """What the user has chosen, else the language that they use in awork; "" if the desk has neither."""
    return supported(user.language) or supported(user.awork_language)


def activate_for(user: object) -> None:
    """Show what follows in this member's language; to someone else it stays in the browser's."""
    if chosen := of(user) if isinstance(user, User) else "":
        translation.activate(chosen)


@contextmanager
def speaking_to(user: User | None) -> Iterator[None]:
    """Write to this person outside a request of theirs, as in an e-mail."""
    with translation.override((user and of(user)) or settings.LANGUAGE_CODE):
        yield


@contextmanager
def in_english() -> Iterator[None]:
    """For what is stored, verified or read by programs."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


def each_in_english(lines: Iterator[str]) -> Iterator[str]:
    """The lines, each made in English; the reader's language is back while the caller handles it."""
    while True:
        with in_english():
            line = next(lines, None)
        if line is None:
            return
        yield line


def grouped(number: int) -> str:
    """A number with the thousands separators of the reader's language."""
    return number_format(number, force_grouping=True)
