"""The task search follows the WAI-ARIA combobox pattern and is debounced."""

import pytest
from playwright.sync_api import expect

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
    expect(desk.options).to_have_count(0)
    desk.search.focus()
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
    expect(desk.chosen).to_be_focused()


def test_a_task_key_and_enter_are_enough(desk):
    desk.find("web-12")
    expect(desk.options).to_have_count(1)
    desk.search.press("Enter")
    expect(desk.chosen).to_contain_text("WEB-12")


def test_enter_waits_for_the_pending_response(desk, asked):
    desk.search.press_sequentially("web-12")
    desk.search.press("Enter")
    expect(desk.chosen).to_contain_text("WEB-12")
    assert asked == ["web-12"]


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
    type_at_once(desk.search, ["c", "co", "cop", "copy"])
    desk.page.wait_for_timeout(PAUSE * 2)
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
    desk.page.evaluate(
        """text => {
            const field = document.activeElement;
            field.value = text;
            field.dispatchEvent(new InputEvent("input", { inputType: "insertFromPaste", bubbles: true }));
        }""",
        f"https://nordlicht.awork.com/tasks/{task.id}",
    )
    assert len(asked) == 1
    expect(desk.options).to_have_count(1)
    expect(desk.options).to_contain_text("WEB-12")


def test_an_older_response_never_replaces_a_newer_one(desk, standin, console):
    standin.fault("GET", "/search", "delay_before", seconds=1.5)
    desk.search.press_sequentially("landing")
    desk.page.wait_for_timeout(PAUSE * 2)
    desk.search.fill("newsletter")
    expect(desk.options.first).to_contain_text("newsletter")
    desk.page.wait_for_timeout(1500)
    expect(desk.options.first).to_contain_text("newsletter")
    drop_notes_of_htmx(console)


def test_a_failed_search_is_reported_and_can_be_repeated(desk, asked, console):
    desk.page.route("**/invite/?q=*", lambda route: route.abort(), times=1)
    desk.search.press_sequentially("copy")
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
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(desk.search).to_be_focused()
    page.keyboard.type("web-12")
    expect(desk.options).to_have_count(1)
    page.keyboard.press("Enter")
    expect(desk.chosen).to_be_focused()
    for _ in range(3):  # Change, the role, the address
        page.keyboard.press("Tab")
    expect(page.get_by_label("E-mail")).to_be_focused()
    page.keyboard.type("carla.creative@studio.example")
    for _ in range(5):  # first name, last name, gender, team, the button
        page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Send invitation")).to_be_focused()
    expect(page.get_by_label("First name")).to_have_value("Carla")
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
