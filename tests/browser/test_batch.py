"""A batch is followed to its end: the page asks for news, and what can be pressed keeps its place."""

import pytest
from playwright.sync_api import Locator, Page, expect

from invites.batches import control
from invites.batches.queue import send_next
from invites.models import Batch
from portal import actor
from portal.models import User
from tests.browser.conftest import press
from tests.invites.factories import batch

PRESSABLE = """() => [...document.querySelectorAll("main a, main button")].map((one, index) => {
    const { x, y, height } = one.getBoundingClientRect();
    return [index, Math.round(x), Math.round(y), Math.round(height)];
})"""


@pytest.fixture
def started(enter, standin, page: Page) -> Batch:
    """Paula's batch of three guests for two tasks, and its page."""
    enter("paula")
    role = {"role_id": standin.world.role("guest").id}
    tasks = [
        {"task_id": standin.world.task(key).id, "task_key": key} for key in ("WEB-12", "CAF-8", "WEB-12")
    ]
    found = batch(User.objects.get(first_name="Paula"), [task | role for task in tasks])
    page.clock.install()
    page.goto(f"/batches/{found.id}/")
    return found


def finished(page: Page) -> Locator:
    return page.locator("#batch-progress strong")


def by_paula():
    return actor.for_user(User.objects.get(first_name="Paula"))


def test_a_batch_is_followed_to_its_end(page: Page, started, standin):
    expect(finished(page)).to_have_text("0 of 3 lines done")
    stop, said = page.get_by_role("link", name="Stop"), page.locator("#announcer")
    stop.focus()
    page.evaluate("window.kept = document.activeElement")
    for number in (1, 2):
        assert send_next()
        page.clock.fast_forward(2000)
        expect(finished(page)).to_have_text(f"{number} of 3 lines done")
    expect(page.get_by_role("row").nth(1)).to_contain_text("Sent")
    expect(page.get_by_role("link", name="Sent 2")).to_be_visible()
    assert page.evaluate("window.kept === document.activeElement")
    expect(said).to_have_text("")  # numbers are not announced

    control.pause(started.pk, by=by_paula(), reason="sign-in-expired")
    page.clock.fast_forward(2000)
    expect(page.locator("#batch-text")).to_contain_text("Your awork sign-in has expired.")
    expect(said).to_contain_text("Paused: Your awork sign-in has expired.")
    press(page, page.get_by_role("button", name="Resume"))
    expect(page.get_by_role("status").filter(has_text="The batch goes on.")).to_be_focused()

    while send_next():
        pass
    page.clock.fast_forward(2000)
    expect(page.locator("#batch-text")).to_contain_text("Nothing is left to send.")
    expect(finished(page)).to_have_text("3 of 3 lines done")
    expect(page.locator("[hx-trigger]")).to_have_count(0)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.fast_forward(20_000)
    page.wait_for_timeout(100)
    assert asked == []
    assert standin.count("POST", "assignuserbyemail") == 3


@pytest.mark.parametrize("width", [1280, 360, 320])
def test_nothing_that_can_be_pressed_moves_by_news(page: Page, started, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.evaluate("scrollTo(0, 120)")
    before = page.evaluate(PRESSABLE)
    lines, batches = started.invitations, Batch.objects.filter(pk=started.pk)
    lines.filter(line=1).update(state="refused", reason="invalid-operation")
    lines.filter(line=2).update(state="unclear", reason="no-answer")
    for state, reason in [
        ("running", ""),
        ("paused", ""),
        ("paused", "inviter-right"),
        ("paused", "insufficient-seats"),
        ("stopped", ""),
        ("done", ""),
    ]:
        batches.update(state=state, reason=reason)
        with page.expect_response(lambda response: "/batches/" in response.url):
            page.clock.fast_forward(10_000)
        expect(page.locator("#batch-text .notice-title")).to_have_text(state.capitalize())
        expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)
        assert page.evaluate(PRESSABLE) == before, f"{state} {reason}"
    assert page.evaluate("scrollY") == 120


def test_a_desk_that_is_away_is_said_once(page: Page, started, console):
    error = page.get_by_role("alert")
    page.route("**/batches/**", lambda route: route.abort())
    page.clock.fast_forward(2000)
    expect(error).to_be_visible()
    page.evaluate(
        """() => new MutationObserver(() => (window.changes = (window.changes ?? 0) + 1))
            .observe(document.getElementById("request-error"), { attributes: true, subtree: true })"""
    )
    with page.expect_event("requestfailed"):
        page.clock.fast_forward(2000)
    page.wait_for_timeout(100)
    assert page.evaluate("window.changes ?? 0") == 0
    page.unroute("**/batches/**")
    with page.expect_response("**/batches/**"):
        page.clock.fast_forward(2000)
    expect(error).to_be_hidden()
    assert {line.split(",")[0] for line in console} == {"htmx:sendError"}
    console.clear()
