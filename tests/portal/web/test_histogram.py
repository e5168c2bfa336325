"""Bars of a histogram: days, kinds and heights."""

from datetime import UTC, date, datetime

import pytest

from invites.models import Invitation
from portal.web.histogram import HEIGHT, draw, per_day
from tests.invites.factories import invitation, person

MONDAY = date(2026, 11, 16)


def weeks(counts, kinds=("sent", "refused")):
    last = date(2026, 11, 29)
    return draw(
        counts, kinds, first=MONDAY, last=last, days=7, label=lambda day, sums: f"{day} {sums['sent']}"
    )


def test_days_are_added_up_to_bars_from_the_first_to_the_last():
    drawn = weeks({(MONDAY, "sent"): 2, (date(2026, 11, 22), "sent"): 1})
    assert [(bar.day, bar.count, bar.label) for bar in drawn.bars] == [
        (MONDAY, 3, "2026-11-16 3"),
        (date(2026, 11, 23), 0, "2026-11-23 0"),
    ]
    assert (drawn.total, drawn.most.day) == (3, MONDAY)


def test_kinds_stand_on_one_another_and_a_single_one_among_many_is_seen():
    (bar, _) = weeks({(MONDAY, "sent"): 1000, (MONDAY, "refused"): 1}).bars
    sent, refused = bar.parts
    assert (sent.kind, sent.y + sent.height) == ("sent", HEIGHT)
    assert (refused.kind, refused.height, refused.y + refused.height) == ("refused", 1, sent.y)
    assert refused.y >= 0


@pytest.mark.django_db
def test_rows_are_counted_by_day_in_utc_and_by_kind():
    paula = person()
    for hour, state in ((0, "sent"), (23, "sent"), (23, "refused")):
        invitation(paula, state=state, created_at=datetime(2026, 11, 16, hour, 59, tzinfo=UTC))
    invitation(paula, created_at=datetime(2026, 11, 17, tzinfo=UTC))
    assert per_day(Invitation.objects.all(), "created_at", "state") == {
        (MONDAY, "sent"): 2,
        (MONDAY, "refused"): 1,
        (date(2026, 11, 17), "sent"): 1,
    }
