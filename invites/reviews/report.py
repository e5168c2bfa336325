"""The report of a review: a row for each guest, with the decision, who made it, when and why."""

from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from invites.audit.catalogue import EventType, Json
from invites.audit.record import record
from invites.models import ReviewItem
from invites.models.csv_columns import header
from invites.reviews.page import ReviewPage
from portal.actor import Actor

CHUNK = 2000  # rows read at once
COLUMNS = [
    *("guest", "email", "state", "sponsor", "decision", "confirmed_with_rest"),
    *("decided_by", "decided_at_utc", "reason", "access_ended", "guest_id"),
]


def report_rows(page: ReviewPage, *, by: Actor) -> Iterator[list[Any]]:
    """The column names and a row for each guest that the reader sees; the export is recorded at once."""
    items = page.everything
    with transaction.atomic():
        details: dict[str, Json] = {"review": str(page.review.pk), "rows": items.count()}
        record(EventType.REVIEW_EXPORTED, by=by, outcome="csv", details=details)
    return _rows(items)


def _rows(items: QuerySet[ReviewItem]) -> Iterator[list[Any]]:
    yield header(COLUMNS)
    for item in ReviewItem.with_all(items).order_by("pk").iterator(CHUNK):
        yield [
            *_guest(item),
            item.asked_sponsor.name if item.asked_sponsor else "",
            item.get_decision_display(),
            _("yes") if item.is_rest else "",
            item.decided_by.name if item.decided_by else "",
            f"{item.decided_at:%Y-%m-%d %H:%M:%S}" if item.decided_at else "",
            item.reason,
            "; ".join(item.outcomes),
            item.guest_id or "",
        ]


def _guest(item: ReviewItem) -> list[Any]:
    if item.guest is None:
        return [_("erased guest"), "", ""]
    return [item.guest.name, item.guest.email, item.guest.get_state_display()]
