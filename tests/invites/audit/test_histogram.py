from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from invites.audit.catalogue import EventType
from invites.audit.histogram import MAX_BARS, chains_histogram, histogram
from invites.audit.models import Event
from invites.audit.record import record
from portal.actor import PORTAL_WORKSPACE
from portal.web.histogram import HEIGHT

pytestmark = pytest.mark.django_db


def write(paula, *days):
    """An event late on each of these days."""
    for day in days:
        with time_machine.travel(datetime(2026, 3, 1, 23, 59, tzinfo=UTC) + timedelta(days=day), tick=False):
            record(EventType.SIGNED_IN, by=paula)


def test_no_events_make_no_picture():
    assert histogram([Event.objects.all()]) is None


def test_each_day_has_a_bar_and_its_height(paula):
    write(paula, 0, 0, 3)

    found = histogram([Event.objects.all()])

    assert [(bar.day, bar.count) for bar in found.bars] == [
        (date(2026, 3, 1), 2),
        (date(2026, 3, 2), 0),
        (date(2026, 3, 3), 0),
        (date(2026, 3, 4), 1),
    ]
    assert [[part.height for part in bar.parts] for bar in found.bars] == [[HEIGHT], [], [], [HEIGHT // 2]]
    assert (found.most.day, found.total, found.days) == (date(2026, 3, 1), 3, 1)


def test_several_chains_are_added_up(paula):
    write(paula, 0, 1)
    assert histogram([Event.objects.all(), Event.objects.all()]).total == 4


def test_years_are_drawn_in_weeks(paula):
    write(paula, 0, 6, 7, 800)
    found = histogram([Event.objects.all()])
    assert found.days == 7
    assert len(found.bars) <= MAX_BARS
    assert [bar.count for bar in found.bars[:2]] == [2, 1]
    assert sum(bar.count for bar in found.bars) == 4


def heights(histogram):
    return [(bar.day, bar.count) for bar in histogram.bars]


def test_whole_chains_are_drawn_as_if_counted_without_counting(paula):
    portal = replace(paula, workspace=PORTAL_WORKSPACE)
    write(paula, 0, 0, 3)
    write(portal, 1, 4)
    write(paula, 4, 4, 9)
    write(replace(paula, workspace=uuid4()), 2)
    both = (paula.workspace, PORTAL_WORKSPACE)
    with CaptureQueriesContext(connection) as asked:
        found = chains_histogram(both)
    assert heights(found) == heights(histogram([Event.objects.filter(workspace__in=both)]))
    assert (found.total, found.most.count) == (8, 3)
    assert not any("COUNT" in query["sql"] for query in asked)


def test_whole_chains_of_years_are_drawn_in_weeks(paula):
    write(paula, 0, 6, 7, 800)
    assert heights(chains_histogram([paula.workspace])) == heights(histogram([Event.objects.all()]))


@pytest.mark.parametrize("days", [(0, -0.1), (5, 0, 6), (0, 9, 2), (0, 9, 2, 10)])
def test_a_chain_whose_clock_was_set_back_is_counted(paula, days):
    write(paula, *days)
    assert heights(chains_histogram([paula.workspace])) == heights(histogram([Event.objects.all()]))


def test_chains_without_events_make_no_picture(paula):
    assert chains_histogram([paula.workspace, PORTAL_WORKSPACE]) is None


def test_the_page_shows_all_events_without_filters(reader, paula):
    write(paula, 0, 2)
    with CaptureQueriesContext(connection) as asked:
        assert "2 events from 1 Mar 2026 to 3 Mar 2026" in reader.get("/audit/histogram/").text
    assert not any("COUNT" in query["sql"] and "audit_event" in query["sql"] for query in asked)
    assert "No events found" in reader.get("/audit/histogram/?from=yesterday").text


def test_the_page_shows_it_with_words_for_those_who_do_not_see(reader, paula):
    write(paula, 0, 0, 3)
    text = reader.get("/audit/histogram/?type=signed-in").text
    assert "<svg" in text
    assert "3 events from 1 Mar 2026 to 4 Mar 2026; most of them, 2, on 1 Mar 2026." in text
    assert "<title>2 Mar 2026: 0 events</title>" in text
    assert "style=" not in text
    assert "<html" not in reader.get("/audit/histogram/", headers={"HX-Request": "true"}).text
    assert "No events found" in reader.get("/audit/histogram/?type=erased").text
