"""The same with JavaScript disabled: each step returns a page."""

import pytest
from playwright.sync_api import Page, expect

from invites.batches.queue import send_next
from portal.models import User
from tests.browser.conftest import send_many
from tests.invites.factories import batch


@pytest.fixture
def browser_context_args(browser_context_args):
    return {**browser_context_args, "java_script_enabled": False}


def test_an_invitation_from_sign_in_to_result(page: Page, portal, standin):
    page.goto("/invite/")
    page.get_by_role("button", name="Sign in with awork").click()
    page.get_by_role("button", name="Paula").click()
    page.get_by_label("Search by name").fill("write copy")
    page.get_by_role("button", name="Find tasks").click()
    page.get_by_role("link", name="WEB-12").click()
    page.get_by_label("E-mail").fill("carla@studio.example")
    page.get_by_label("First name").fill("Carla")
    page.get_by_role("button", name="Check without sending").click()
    expect(page.get_by_role("complementary", name="What will happen")).to_contain_text("Carla")
    assert standin.count("POST", "assignuserbyemail") == 0
    page.get_by_role("button", name="Send invitation").click()
    expect(page.locator("[data-state=sent]")).to_be_visible()
    page.get_by_role("link", name="View invitation").click()
    expect(page.get_by_text("Paula Petersen invited Carla")).to_be_visible()
    page.get_by_role("navigation").get_by_role("link", name="Invitations").click()
    expect(page.get_by_role("row").filter(has_text="Carla")).to_contain_text("Sent")


@pytest.mark.parametrize("entered", ["WEB-12", "https://nordlicht.awork.com/tasks/WEB-12/details"])
def test_a_key_or_link_is_enough(page: Page, enter, standin, entered):
    enter("paula")
    page.goto("/invite/")
    page.get_by_label("Search by name").fill(entered)
    page.get_by_label("E-mail").fill("carla@studio.example")
    page.get_by_role("button", name="Send invitation").click()
    expect(page.locator("[data-state=preview]")).to_contain_text("Nothing was sent yet.")
    expect(page.get_by_role("complementary", name="What will happen")).to_contain_text("WEB-12 Write copy")
    assert standin.count("POST", "assignuserbyemail") == 0
    page.get_by_role("button", name="Send invitation").click()
    expect(page.locator("[data-state=sent]")).to_be_visible()


def test_errors_are_shown_at_their_field(page: Page, enter):
    enter("paula")
    page.goto("/invite/?task=WEB-12")
    page.get_by_label("E-mail").fill("carla@")
    page.get_by_role("button", name="Send invitation").click()
    expect(page.get_by_label("E-mail")).to_have_value("carla@")
    expect(page.locator("#email-messages")).to_contain_text("not a complete e-mail address")


def test_a_list_is_filtered_and_a_filter_removed(page: Page, portal, enter):
    enter("paula")
    page.goto("/invitations/")
    page.get_by_label("Search").fill("zaphod")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_text("Nothing matches")).to_be_visible()
    page.get_by_role("link", name="Search: zaphod").click()
    expect(page).to_have_url(f"{portal}/invitations/")


def test_task_options_are_separate_wide_targets(page: Page, enter):
    enter("paula")
    page.goto("/invite/?q=write")
    first, second = (page.locator("#task-list a").nth(number).bounding_box() for number in (0, 1))
    assert first and second
    assert first["height"] >= 44
    assert first["width"] == page.locator("#task-list").bounding_box()["width"]
    assert second["y"] >= first["y"] + first["height"]


def test_many_guests_are_entered_corrected_and_sent(page: Page, enter):
    enter("paula")
    send_many(page)


def test_a_batch_is_followed_to_its_end(page: Page, enter, standin):
    """The page reloads itself, here every second."""
    enter("paula")
    same = {"task_id": standin.world.task("WEB-12").id, "role_id": standin.world.role("guest").id}
    found = batch(User.objects.get(first_name="Paula"), [same, same])

    def hasten(route):
        response = route.fetch()
        route.fulfill(response=response, body=response.text().replace('content="10"', 'content="1"'))

    page.goto(f"/batches/{found.id}/")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("The batch was paused.")).to_be_visible()
    expect(page.get_by_text("This page reloads")).to_be_hidden()
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_text("The batch goes on.")).to_be_visible()
    page.get_by_role("link", name="Stop").click()
    page.get_by_role("link", name="Back to the batch").click()
    expect(page.get_by_text("0 of 2 lines done")).to_be_visible()
    page.get_by_role("link", name="Don't reload").click()
    expect(page.get_by_text("This page reloads")).to_be_hidden()
    page.route("**/batches/*/", hasten)
    page.goto(f"/batches/{found.id}/")
    send_next()
    expect(page.get_by_text("1 of 2 lines done")).to_be_visible()
    while send_next():
        pass
    expect(page.get_by_text("Nothing is left to send.")).to_be_visible()
    expect(page.get_by_text("This page reloads")).to_be_hidden()
