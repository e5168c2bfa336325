"""Reviews that wait for the person's answers."""

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from invites.attention.source import Item, Source, key_of
from invites.models import Review
from invites.reviews.progress import progress_of, waiting_for
from portal.models import User


def _item(review: Review, user: User) -> Item:
    [progress] = progress_of([review], user)
    text = ngettext(
        "%(count)s guest without an answer · due on %(day)s",
        "%(count)s guests without an answer · due on %(day)s",
        progress.own,
    )
    title = _("Review of all guests")
    if review.project_id:
        title = _("Review of the guests of %(project)s") % {"project": review.project_name}
    return Item(
        key=key_of("review", review, review.started_at),
        title=title,
        detail=text % {"count": progress.own, "day": date_format(review.due_on, "DATE_FORMAT")},
        since=review.started_at,
        url=review.get_absolute_url(),
        action=_("Answer"),
    )


SOURCES = (
    Source("review", gettext_lazy("Reviews to answer"), waiting_for, _item, lambda: reverse("reviews")),
)
