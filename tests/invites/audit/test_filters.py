"""Filters of the log, as anybody may write them into an address."""

import pytest
from django.http import QueryDict
from django.utils import timezone

from invites.audit.filters import EventFilter
from portal.actor import PORTAL_WORKSPACE

pytestmark = pytest.mark.django_db


def asked(**fields):
    data = QueryDict(mutable=True)
    data.update(fields)
    return EventFilter(data, PORTAL_WORKSPACE)


def found(wanted):
    return [event for chain in wanted.chains() for event in chain]


@pytest.mark.parametrize("name", ["from", "to"])
@pytest.mark.parametrize(
    "moment",
    [
        "2026-02-30",
        "yesterday",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-99-99T99:99",
    ],
)
def test_a_moment_that_no_calendar_has_is_told_so(name, moment):
    wanted = asked(**{name: moment})
    assert found(wanted) == []
    assert list(wanted.errors[name]) == ["Give a day, such as 2026-11-23."]


def test_the_last_day_of_the_calendar_has_no_end():
    assert "to" in asked(to="9999-12-31").errors


@pytest.mark.parametrize(
    "name", ["q", "type", "actor", "project", "role", "outcome", "guest", "ip_address", "request_id"]
)
def test_a_nul_never_reaches_the_database(name):
    wanted = asked(**{name: "Website\0Relaunch"})
    assert found(wanted) == []
    assert name in wanted.errors


@pytest.mark.parametrize(
    ("query", "shown"),
    [({"from": "2026-07-01"}, "2026-07-01 CEST"), ({"to": "2026-07-01T12:00:00Z"}, "2026-07-01T12:00:00Z")],
)
def test_a_day_names_its_zone(query, shown):
    with timezone.override("Europe/Berlin"):
        assert [chip.value for chip in asked(**query).chips] == [shown]
