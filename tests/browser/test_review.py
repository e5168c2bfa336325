"""A review's page by keyboard: two key presses a guest, so that 200 guests take minutes."""

import re

import pytest
from playwright.sync_api import Page, expect

from invites.models import ReviewItem
from portal.models import User
from tests.invites import factories

GUESTS = 8
AROUND = 7  # key presses besides: past the navigation to the first guest, from the last one to the button


@pytest.fixture
def review(enter):
    enter("paula")
    paula = User.objects.get()
    for number in range(GUESTS):
        factories.named_guest(paula, f"Guest{number}")
    return factories.review(paula)


def test_all_guests_are_confirmed_with_two_key_presses_each(page: Page, review):
    page.goto(review.get_absolute_url())
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # skips the navigation
    pressed = 2
    while not page.evaluate("document.activeElement.type === 'radio'"):
        page.keyboard.press("Tab")
        pressed += 1
    for _number in range(GUESTS):
        page.keyboard.press("ArrowRight")  # from the last choice to the first
        page.keyboard.press("Tab")
        pressed += 2
    page.keyboard.press("Tab")  # past the rest
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"{GUESTS} answers were saved.")).to_be_visible()
    expect(page.get_by_text("None: every guest here has an answer.")).to_be_visible()
    assert pressed + 2 == 2 * GUESTS + AROUND
    assert set(ReviewItem.objects.values_list("decision", "is_rest")) == {("confirmed", False)}


def test_link_and_reason_are_there_on_request(page: Page, review):
    page.goto(review.get_absolute_url())
    reason = page.get_by_role("textbox", name="Reason").first
    expect(reason).to_be_hidden()
    page.get_by_label(re.compile("Show a link and a field")).check()
    reason.fill("until May")
    page.get_by_label(re.compile("Show a link and a field")).uncheck()
    expect(reason).to_be_visible()  # what was written stays in sight
    expect(page.locator("[name^=reason]").last).to_be_hidden()
