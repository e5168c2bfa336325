"""The task search follows the WAI-ARIA combobox pattern and is debounced."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import asks

PAUSE = 250  # ms, as in desk.js


@pytest.fixture
def asked(desk):
    """The search terms requested so far, in order."""
    words: list[str] = []

    def note(request):
        if "?q=" in request.url:
            words.append(request.url.partition("?q=")[2])

    desk.page.on("request", note)
    return words


def drop_notes_of_htmx(console):
    """htmx logs requests that were aborted or failed, which these tests do on purpose."""
    console[:] = [line for line in console if not line.startswith("htmx:")]


def active(desk):
    """The active option (aria-activedescendant)."""
    return desk.page.locator(f"#{desk.search.get_attribute('aria-activedescendant')}")


def test_the_empty_field_offers_recent_tasks(desk):
    expect(desk.search).to_be_focused()
    expect(desk.options).to_have_count(0)
    desk.search.click()
    expect(desk.options.first).to_be_visible()
    expect(desk.search).to_have_attribute("aria-expanded", "true")
    expect(desk.search).to_have_attribute("aria-controls", "task-list")


def test_arrows_home_and_end_move_and_enter_chooses(desk):
    desk.find("copy")
    for key, place in [("ArrowDown", 0), ("ArrowDown", 1), ("ArrowUp", 0), ("ArrowUp", -1), ("ArrowDown", 0)]:
        desk.search.press(key)
        expect(desk.options.nth(place)).to_have_attribute("aria-selected", "true")
    desk.search.press("End")
    expect(desk.options.last).to_have_attribute("aria-selected", "true")
    desk.search.press("Home")
    expect(desk.options.first).to_have_attribute("aria-selected", "true")
    expect(desk.page.locator("[aria-selected=true]")).to_have_count(1)
    key = active(desk).locator(".key").inner_text()
    desk.search.press("Enter")
    expect(desk.chosen).to_contain_text(key)
    expect(desk.page.get_by_label("E-mail")).to_be_focused()
    expect(desk.page.locator("#announcer")).to_contain_text(f"Selected task: {key}")


def test_a_task_key_and_enter_are_enough(desk):
    desk.find("web-12")
    expect(desk.options).to_have_count(1)
    desk.search.press("Enter")
    expect(desk.chosen).to_contain_text("WEB-12")


def test_enter_waits_for_the_pending_response(desk, asked):
    type_at_once(desk.search, ["web-12"])
    desk.search.press("Enter")
    expect(desk.chosen).to_contain_text("WEB-12")
    assert asked == ["web-12"]


COMPOSING = {
    "Chrome and Firefox": {"isComposing": True, "keyCode": 229},
    "Safari": {"isComposing": False, "keyCode": 229},  # the composition has ended already
}


@pytest.mark.parametrize("facts", COMPOSING.values(), ids=COMPOSING)
def test_keys_of_an_input_method_are_left_to_it(desk, facts):
    desk.find("copy")
    desk.search.press("ArrowDown")
    first = active(desk).get_attribute("id")
    for key in ("Enter", "ArrowDown", "End", "Escape"):
        event = {"key": key, "bubbles": True, "cancelable": True, **facts}
        passed = desk.search.evaluate(
            "(field, facts) => field.dispatchEvent(new KeyboardEvent('keydown', facts))", event
        )
        assert passed, key
    desk.settled()
    expect(desk.chosen).to_have_count(0)
    expect(desk.search).to_have_attribute("aria-expanded", "true")
    expect(desk.search).to_have_attribute("aria-activedescendant", first)
    desk.search.press("Enter")
    expect(desk.page.get_by_label("E-mail")).to_be_focused()


def test_enter_without_a_choice_sends_nothing(desk, standin):
    desk.find("copy")
    desk.search.press("Enter")
    expect(desk.options.first).to_be_visible()
    assert standin.count("POST") == standin.count("POST", "/accounts/") + standin.count("POST", "/register")


def test_escape_first_closes_the_list_and_keeps_the_text(desk):
    desk.find("copy")
    desk.search.press("ArrowDown")
    desk.search.press("Escape")
    expect(desk.search).to_have_attribute("aria-expanded", "false")
    expect(desk.options).to_have_count(0)
    expect(desk.search).to_have_value("copy")
    desk.search.press("ArrowDown")
    expect(desk.options.first).to_have_attribute("aria-selected", "true")


def test_leaving_the_field_closes_the_list_without_choosing(desk):
    desk.find("copy")
    desk.search.press("ArrowDown")
    desk.search.press("Tab")
    expect(desk.options).to_have_count(0)
    expect(desk.chosen).to_have_count(0)


def test_the_number_of_results_is_announced(desk):
    desk.find("copy")
    expect(desk.page.locator("#announcer")).to_have_text(
        "Showing the first 10 tasks. Add words to narrow the search."
    )


def test_typing_is_debounced(desk, asked):
    with desk.page.expect_response(lambda answer: asks(answer.url, q="copy")):
        type_at_once(desk.search, ["c", "co", "cop", "copy"])
    desk.settled()
    type_at_once(desk.search, ["copyx", "copy"])
    desk.page.wait_for_timeout(PAUSE * 2)
    assert asked == ["copy"]


def type_at_once(field, texts):
    """Change the text faster than the debounce, however busy the machine is."""
    field.focus()
    field.evaluate(
        """(field, texts) => {
            for (const text of texts) {
                field.value = text;
                field.dispatchEvent(new InputEvent("input", { inputType: "insertText", bubbles: true }));
            }
        }""",
        texts,
    )


def test_a_pasted_link_searches_immediately(desk, standin, asked):
    task = standin.world.task_by_key(standin.world.person("ada"), "WEB-12")
    desk.search.focus()
    began, pasted = desk.page.evaluate(
        """text => {
            const field = document.activeElement;
            let asked = 0;
            field.addEventListener("htmx:beforeRequest", () => (asked += 1));
            field.value = text;
            field.dispatchEvent(new InputEvent("input", { inputType: "insertFromPaste", bubbles: true }));
            return [asked, field.value];
        }""",
        f"https://nordlicht.awork.com/tasks/{task.id}",
    )
    assert began == 1, pasted  # before any timer could have run
    expect(desk.options).to_have_count(1)
    expect(desk.options).to_contain_text("WEB-12")


def test_an_older_response_never_replaces_a_newer_one(desk, standin, console):
    standin.fault("GET", "/search", "delay_before", seconds=1.5)
    with desk.page.expect_request(lambda request: asks(request.url, q="landing")):
        desk.search.fill("landing")
    desk.search.fill("newsletter")
    expect(desk.options.first).to_contain_text("newsletter")
    desk.page.wait_for_timeout(1500)
    expect(desk.options.first).to_contain_text("newsletter")
    drop_notes_of_htmx(console)


def test_leaving_the_field_as_an_older_response_comes_in_waits_for_the_newer_one(desk, console):
    desk.page.evaluate("""() => {
        const field = document.activeElement;
        document.getElementById("task-options").addEventListener("htmx:afterSwap", () => {
            field.value = "WEB-12";
            field.dispatchEvent(new InputEvent("input", { inputType: "insertText", bubbles: true }));
            document.querySelector("[name=email]").focus();
        }, { once: true });
    }""")
    desk.search.press_sequentially("WEB-1")
    expect(desk.chosen).to_contain_text("WEB-12")


def test_a_failed_search_is_reported_and_can_be_repeated(desk, asked, console):
    desk.page.route("**/invite/?q=*", lambda route: route.abort(), times=1)
    type_at_once(desk.search, ["copy"])
    expect(desk.page.get_by_role("alert")).to_contain_text("Something went wrong")
    desk.search.press("Enter")
    expect(desk.options.first).to_contain_text("copy")
    expect(desk.page.get_by_role("alert")).to_be_hidden()
    assert asked == ["copy", "copy"]
    drop_notes_of_htmx(console)


def test_change_restores_the_search_and_keeps_the_guest(desk):
    desk.guest("carla@studio.example")
    desk.find("write copy")
    desk.choose("WEB-12")
    desk.page.get_by_role("link", name="Change the task").click()
    expect(desk.search).to_be_focused()
    expect(desk.page.get_by_label("E-mail")).to_have_value("carla@studio.example")
    desk.find("web-12")
    desk.choose("WEB-12")


def test_the_whole_form_works_with_the_keyboard(desk):
    page = desk.page
    expect(desk.search).to_be_focused()
    page.keyboard.type("web-12")
    expect(desk.options).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_label("E-mail")).to_be_focused()
    for _ in range(2):  # back over the role to the task
        page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("link", name="Change the task")).to_be_focused()
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.type("carla.creative@studio.example")
    # First name, last name, gender, the four parts of the end date, comment, team, the button.
    for _ in range(10):
        page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Send invitation")).to_be_focused()
    expect(page.get_by_label("First name")).to_have_value("Carla")
    desk.settled()
    page.keyboard.press("Enter")
    expect(page.locator("[data-state=sent]")).to_be_focused()


def test_only_slow_requests_show_a_spinner(desk, standin):
    line = desk.page.locator("#progress")
    desk.find("copy")
    expect(line).to_have_css("opacity", "0")
    standin.fault("GET", "/search", "delay_before", seconds=1.5)
    desk.search.fill("newsletter")
    expect(line).to_have_css("opacity", "1")
    expect(desk.options.first).to_contain_text("newsletter")
    expect(line).to_have_css("opacity", "0")
