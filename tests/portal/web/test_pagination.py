"""Pages by place: every row once, in order, however many arrive meanwhile."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invites.models import Invitation
from portal.web.pagination import KeysetPaginator
from tests.invites.factories import NOON, invitation, person

pytestmark = pytest.mark.django_db
PAGES: KeysetPaginator[Invitation] = KeysetPaginator(("created_at", "id"), size=3)


def ids(rows):
    return [row.id for row in rows]


def page(**asked):
    return PAGES.page(Invitation.objects.all(), asked)


@pytest.fixture
def rows():
    """Eight rows, of which four share a moment; newest first."""
    paula = person()
    moments = [NOON] * 4 + [NOON - timedelta(microseconds=number) for number in range(1, 5)]
    for at in moments:
        invitation(paula, created_at=at)
    return ids(Invitation.objects.order_by("-created_at", "-id"))


def test_pages_hold_every_row_once_and_in_order(rows):
    first = page()
    second = page(before=first.older)
    third = page(before=second.older)
    assert ids([*first.rows, *second.rows, *third.rows]) == rows
    assert (first.newer, third.older) == ("", "")


def test_the_way_back_shows_the_same_pages(rows):
    first = page()
    second = page(before=first.older)
    third = page(before=second.older)
    assert ids(page(after=third.newer).rows) == ids(second.rows)
    assert page(after=second.newer) == first


def test_a_row_that_arrives_moves_no_page(rows):
    place = page().older
    before = page(before=place)
    invitation(Invitation.objects.first().inviter, created_at=NOON + timedelta(seconds=1))
    assert page(before=place) == before


def test_a_place_survives_an_address(rows):
    place = page().older
    assert dict(parse_qsl(f"before={place}"))["before"] == place


def test_a_place_whose_row_is_gone_still_leads_on(rows):
    place = page().older
    Invitation.objects.filter(id=rows[2]).delete()
    assert ids(page(before=place).rows) == rows[3:6]


@pytest.mark.parametrize(
    "place", ["", "nonsense", "2026-11-20~", "~", "0001-01-01T00:00:00+14:00~x", "a~b~c"]
)
def test_a_place_that_cannot_be_read_is_the_newest_page(rows, place):
    assert ids(page(before=place).rows) == rows[:3]
    assert ids(page(after=place).rows) == rows[:3]


@given(st.text(), st.datetimes(timezones=st.just(UTC)))
def test_no_address_breaks_the_page(text, moment: datetime):
    keyset: KeysetPaginator[Invitation] = KeysetPaginator(("created_at", "id"))
    for written in (text, f"{moment.isoformat()}~{text}"):
        place = keyset.parse(Invitation, written)
        assert place is None or place[0].tzinfo is UTC


@pytest.mark.parametrize("number", ["9" * 20, "-" + "9" * 20])
def test_a_number_beyond_the_column_is_the_newest_page(rows, number):
    paginator: KeysetPaginator[Invitation] = KeysetPaginator(("created_at", "attempts"), size=3)
    moment = "2026-11-20T12:00:00.000000Z"
    assert paginator.parse(Invitation, f"{moment}~{number}") is None
