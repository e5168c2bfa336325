"""Many guests from a list to their batch; see `test_without_script` for the same without JavaScript."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import send_many


def test_guests_are_entered_corrected_and_sent(page: Page, enter, standin):
    enter("paula")
    send_many(page)
    assert standin.count("POST", "assignuserbyemail") == 0  # a worker sends them


def test_several_addresses_in_the_form_for_one_go_to_the_page_for_many(page: Page, desk):
    desk.find("WEB-12")
    desk.choose("WEB-12")
    desk.guest("carla@creative.example, kim@creative.example")
    page.locator("#email-messages").get_by_role("link", name="Invite many").click()
    expect(page.get_by_label("E-mail addresses")).to_have_value(
        "carla@creative.example, kim@creative.example"
    )
    expect(page.get_by_role("textbox", name="Task")).not_to_have_value("")
    press_check = page.get_by_role("button", name="Check guests")
    press_check.click()
    expect(page.get_by_role("button", name="Send 2 invitations")).to_be_visible()


def test_a_check_that_takes_seconds_says_so(page: Page, enter):
    enter("paula")
    page.goto("/invite/many/?task=WEB-12&lines=carla@creative.example")
    said = page.evaluate(
        """() => {
            document.querySelector("main form").requestSubmit();
            return [document.querySelector("#progress.htmx-request") !== null, announcer.textContent];
        }"""
    )
    assert said == [True, "Checking guests…"]
    expect(page.get_by_role("button", name="Send 1 invitation")).to_be_visible()
