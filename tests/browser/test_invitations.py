"""The list of invitations in a browser: filters and position are in the URL and restored from it."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from portal.models import User
from tests.invites.factories import NOON, invitation


@pytest.fixture
def rows(enter, page: Page) -> Page:
    """Paula's list with forty invitations."""
    enter("paula")
    paula = User.objects.get(first_name="Paula")
    for number in range(40):
        state = "refused" if number % 10 == 0 else "sent"
        invitation(paula, first_name=f"Guest{number}", state=state, created_at=NOON - timedelta(hours=number))
    page.goto("/invitations/")
    return page


def guests(page: Page):
    return page.get_by_role("rowheader")


def test_typing_filters_and_updates_the_url(rows: Page):
    rows.get_by_label("Search", exact=True).press_sequentially("guest17")
    expect(guests(rows)).to_have_count(1)
    expect(rows).to_have_url(re.compile(r"/invitations/\?q=guest17$"))
    expect(rows.get_by_label("Search", exact=True)).to_be_focused()
    rows.reload()
    expect(guests(rows)).to_have_count(1)


@pytest.mark.parametrize("width", [1280, 390])
def test_a_row_is_pressed_where_it_is(rows: Page, width):
    """The answer to the search comes between pressing and letting go."""
    rows.set_viewport_size({"width": width, "height": 1600})
    box = guests(rows).filter(has_text="Guest2").first.bounding_box()
    rows.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    with rows.expect_response(re.compile(r"[?&]q=guest1(&|$)")):
        rows.get_by_label("Search", exact=True).fill("guest1")
        rows.mouse.down()
    rows.wait_for_timeout(120)
    rows.mouse.up()
    expect(rows.get_by_role("heading", level=1)).to_contain_text("Guest2")


def test_leaving_the_search_asks_nothing(rows: Page):
    rows.get_by_label("Search", exact=True).fill("guest1")
    expect(guests(rows)).to_have_count(11)
    depth = rows.evaluate("history.length")
    asked: list[str] = []
    rows.on("request", lambda request: asked.append(request.url))
    rows.get_by_label("Search", exact=True).press("Tab")
    rows.wait_for_timeout(500)
    assert asked == []
    assert rows.evaluate("history.length") == depth


def test_a_tab_stays_while_the_list_is_searched_and_sorted(rows: Page):
    rows.get_by_role("link", name="Refused 4").click()
    expect(guests(rows)).to_have_count(4)
    rows.get_by_label("Search", exact=True).press_sequentially("guest1")
    expect(guests(rows)).to_have_count(1)
    expect(rows.get_by_role("link", name="All 11")).to_be_visible()
    rows.get_by_role("link", name="Search: guest1").click()
    rows.get_by_role("link", name="Guest", exact=True).click()
    expect(rows.get_by_role("columnheader", name="Guest")).to_have_attribute("aria-sort", "ascending")
    expect(guests(rows)).to_have_text([re.compile(f"Guest{number}") for number in (0, 10, 20, 30)])
    expect(rows.get_by_role("link", name="Guest", exact=True)).to_be_focused()
    expect(rows).to_have_url(re.compile(r"/invitations/\?state=refused&sort=guest$"))


def test_older_and_the_browsers_back_button(rows: Page):
    rows.get_by_role("link", name="Older").click()
    expect(guests(rows)).to_have_count(10)
    expect(rows.locator("#list")).to_be_focused()
    rows.go_back()
    expect(guests(rows)).to_have_count(30)
    rows.go_forward()
    expect(guests(rows)).to_have_count(10)
    rows.get_by_role("link", name="Newer").click()
    expect(guests(rows)).to_have_count(30)


def test_the_whole_row_is_a_link(rows: Page):
    rows.get_by_role("row").filter(has_text="Guest3").first.get_by_text("Write copy").click(force=True)
    expect(rows).to_have_url(re.compile(r"/invitations/[0-9a-f-]{36}/$"))


def test_times_are_local_with_utc_in_the_title(rows: Page):
    rows.reload()  # the first page of all was asked for before the zone was known
    shown = rows.locator("tbody time").first
    expect(shown).to_have_text("20 Nov 2026, 13:00 CET")
    expect(shown).to_have_attribute("title", "2026-11-20 12:00:00 UTC")
