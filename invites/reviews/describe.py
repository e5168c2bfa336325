"""What became of the answers of a form, in sentences."""

from collections import Counter
from collections.abc import Iterator

from django.contrib.messages import constants
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from invites.reviews.decide import Result


def sentences(result: Result, given: int) -> Iterator[tuple[int, str]]:
    """Each with the level of its message."""
    if not given:
        yield constants.INFO, _("Nothing was saved: choose an answer for at least one guest.")
    if result.saved:
        text = ngettext("%(count)s answer was saved.", "%(count)s answers were saved.", result.saved)
        yield constants.SUCCESS, text % {"count": result.saved}
    yield from ((constants.INFO, text) for text in _taken(result))
    if result.gone:
        text = ngettext(
            "%(count)s guest was handed over or erased since you opened the page.",
            "%(count)s guests were handed over or erased since you opened the page.",
            result.gone,
        )
        yield constants.WARNING, text % {"count": result.gone}
    if result.is_closed:
        yield (
            constants.WARNING,
            _("The review was closed since you opened the page. It takes no more answers."),
        )


def _taken(result: Result) -> Iterator[str]:
    """Who was faster, each with how many guests."""
    names = Counter(item.decided_by.name if item.decided_by else "?" for item in result.taken)
    for name, count in names.items():
        text = ngettext(
            "%(name)s had already answered for %(count)s of these guests; that answer counts.",
            "%(name)s had already answered for %(count)s of these guests; those answers count.",
            count,
        )
        yield text % {"name": name, "count": count}
