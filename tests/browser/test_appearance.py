"""Every page, light and dark, wide and narrow: no axe violations, no horizontal scrolling."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import Page, expect

from invites.audit.catalogue import EventType
from invites.audit.record import record
from invites.models import Invitation, State, Webhook
from portal import clock
from portal.actor import Actor
from portal.awork.schemas import Exchange
from portal.models import User
from tests.invites.endings.conftest import assigned_guest
from tests.invites.factories import batch, ending, guest, invitation, review

LONG = "Überschriftenredaktionsbesprechungsprotokollvorlagenverwaltung" * 2
WIDTHS = (320, 360, 768, 1280)


def findings(page: Page) -> list[str]:
    """The axe violations, with their elements."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]]


def check(page: Page) -> None:
    """The current page passes in both colour schemes and at every width."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert findings(page) == [], f"{page.url} {scheme}"
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 740})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{page.url} at {width}"
        targets = page.evaluate(
            """() => [...document.querySelectorAll("a, button, input, select, summary")]
                .filter(one => one.checkVisibility() && !one.closest("p, li, dd, .cover, .skip"))
                .map(one => [one.outerHTML.slice(0, 120), one.getBoundingClientRect()])
                .filter(([, box]) => box.height && Math.min(box.width, box.height) < 24)
                .map(([html]) => html)"""
        )
        assert targets == [], f"{page.url} at {width}"
        links = page.evaluate(
            """() => [...document.querySelectorAll(".bar nav a")]
                .map(one => [one.offsetTop, one.getBoundingClientRect().right])"""
        )
        assert all(right <= width for _, right in links), f"{page.url} at {width}: the navigation is cut"
        assert len({top for top, _ in links}) <= (1 if width > 768 else 2 if width > 320 else 3), (
            f"{page.url} at {width}"
        )
    page.set_viewport_size({"width": 1100, "height": 800})
    page.emulate_media(color_scheme="light")


@pytest.fixture
def ada(enter) -> User:
    """An administrator, signed in, with one invitation in each state and long words everywhere."""
    enter("ada")
    user = User.objects.get(first_name="Ada")
    who = Actor(user.workspace_id, user.awork_id, user.name, user.email, "2001:db8::7", LONG)
    exchange = Exchange("POST", "/tasks/assignuserbyemail", 400, "insufficient-seats", "trace" * 10, 312)
    for state in State.values:
        made = invitation(
            user,
            state=state,
            lease_expires_at=timezone.now() + timedelta(minutes=5),  # still being worked on
            email=f"{state}.{LONG.lower()[:40]}@studio.example",
            last_name=LONG,
            task_name=LONG,
            project_name=LONG,
            reason="insufficient-seats",
            awork_message=LONG,
            status=400,
            trace_id="trace" * 10,
            duration_ms=312,
            assignees_state="not_restored",
            assignees_missing=[{"id": "7", "first_name": "Ada", "last_name": LONG}],
        )
        with transaction.atomic():
            record(EventType.INVITATION_REQUESTED, by=who, snapshot=made.snapshot)
            record(EventType.INVITATION_REFUSED, by=who, snapshot=made.snapshot, exchange=exchange)
    return user


BROKEN_WORDS = """() => {
    const broken = [];
    for (const cell of document.querySelectorAll("tbody th, tbody td")) {
        const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) {
            for (const { index, 0: word } of walker.currentNode.data.matchAll(/[^\\s-]+/g)) {
                const range = document.createRange();
                range.setStart(walker.currentNode, index);
                range.setEnd(walker.currentNode, index + word.length);
                const lines = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
                if (lines.size > 1) broken.push(word);
            }
        }
    }
    return broken;
}"""


@pytest.mark.parametrize("path", ["/invitations/", "/audit/", "/members/", "/guests/"])
def test_cells_break_between_words_only(page: Page, ada, path):
    page.goto(path)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 740})
        assert page.evaluate(BROKEN_WORDS) == [], f"{path} at {width}"


@pytest.mark.parametrize("path", ["/login/", "/login/refused/workspace/", "/nowhere/"])
def test_public_pages(page: Page, portal, path):
    page.goto(path)
    check(page)


def test_the_form_empty_open_filled_and_invalid(page: Page, desk):
    check(page)
    desk.find("copy")
    desk.search.press("ArrowDown")
    expect(page.locator("[aria-selected=true]")).to_be_visible()
    check(page)
    desk.choose("WEB-12")
    desk.guest("carla.creative@studio.example")
    check(page)
    desk.guest("carla@")
    expect(page.locator("[data-verdict=denied]")).to_be_visible()
    check(page)
    desk.guest("")
    desk.send()
    expect(page.get_by_role("group", name="Nothing was sent")).to_be_visible()
    check(page)


def test_a_review_and_its_start(page: Page, ada):
    guest(ada, of=Invitation.objects.filter(state="sent").first(), state="joined")
    page.goto(f"/reviews/start/?project=&due={clock.today()}&unanswered=ended")
    expect(page.get_by_role("button", name="Start the review")).to_be_visible()
    check(page)
    page.goto(review(ada).get_absolute_url())
    page.get_by_role("radio", name="End access").check()
    check(page)


def test_many_guests_entered_wrong_and_checked(page: Page, ada):
    page.goto("/invite/many/")
    check(page)
    page.get_by_role("button", name="Check guests").click()
    expect(page.get_by_role("group", name="Please check")).to_be_visible()
    check(page)
    page.goto("/invite/many/?task=WEB-12")
    lines = (
        f"email,first_name,gender,role\ncarla@creative.example,{LONG},f,\nkim@{LONG},{LONG},f,{LONG}\n,x,,\n"
    )
    page.get_by_label("E-mail addresses").fill(f"{lines}kim@creative.example,{LONG},,Guest")
    page.get_by_role("button", name="Check guests").click()
    expect(page.get_by_role("heading", name="Not ready 2")).to_be_visible()
    page.get_by_role("checkbox", name="Leave out line 5").check()
    page.get_by_role("button", name="Check again").click()
    expect(page.get_by_role("heading", name="Left out 1")).to_be_visible()
    check(page)


@pytest.mark.parametrize("state", ["pending", "gone"])
def test_a_guest(page: Page, ada, state):
    found = guest(Invitation.objects.first().inviter, of=Invitation.objects.get(state="sent"), state=state)
    ending(found, ada, state="waiting", reason="sign-in-expired", comment=LONG, target_name=LONG)
    page.goto(f"/guests/{found.id}/")
    expect(page.get_by_role("heading", name="What the guest can reach")).to_be_visible()
    check(page)


@pytest.mark.parametrize(("path", "shown"), [("endings", "Withdraw"), ("end/task", "Unassign from tasks")])
def test_ending_the_access_of_a_guest(page: Page, ada, standin, path, shown):
    found = assigned_guest(standin, ada)
    missing = {"id": "1", "first_name": LONG, "last_name": "", "planned_effort": 0, "distributed": True}
    ending(found, ada, state="done", kind="workspace", deleted_projects=2, reassigned_projects=1)
    ending(found, ada, state="waiting", reason="right-lost", comment=LONG, assignees_missing=[missing])
    page.goto(f"/guests/{found.id}/{path}/")
    expect(page.get_by_role("button", name=shown)).to_be_visible()
    check(page)


@pytest.mark.parametrize("state", ["sent", "refused", "unclear", "requested", "not_sent"])
def test_results_and_invitations(page: Page, ada, state):
    found = Invitation.objects.get(state=state)
    for path in (f"/invite/{found.id}/", f"/invitations/{found.id}/"):
        page.goto(path)
        expect(page.locator(f"[data-state={state}]").first).to_be_visible()
        check(page)


@pytest.mark.parametrize(
    "path",
    [
        "/invite/?task=CAF-8&email=gustav@nordlicht.example",
        "/invite/?task=POD-1&email=carla@creative.example",
        "/invite/assign/?task=CAF-8&email=gustav@nordlicht.example",
        "/invitations/",
        "/invitations/?q=nobody&state=sent",
        "/batches/",
        "/invitations/?from=soon",
        "/audit/",
        "/audit/?q=nobody",
        "/audit/?from=soon&type=signed-in",
        "/audit/histogram/",
        "/guests/",
        "/guests/?q=nobody&state=gone",
        "/guests/hand-over/?state=pending",
        "/guests/erase/",
        "/api-tokens/",
        "/webhooks/",
        "/members/",
        "/members/?q=nobody&problem=last",
        "/account/",
        "/policy/",
    ],
)
def test_lists_and_related_pages(page: Page, ada, path):
    page.goto(path)
    check(page)


@pytest.mark.parametrize("state", ["paused", "done"])
def test_batches(page: Page, ada, state):
    lines = [
        {"state": one, "reason": reason, "last_name": LONG, "task_name": LONG}
        for one, reason in (
            ("sent", ""),
            ("refused", "insufficient-seats"),
            ("unclear", "no-answer"),
            ("queued", ""),
        )
    ]
    found = batch(ada, lines, state=state, reason="insufficient-seats" if state == "paused" else "")
    page.goto(found.get_absolute_url())
    check(page)
    page.goto(f"/batches/{found.id}/stop/" if state == "paused" else "/batches/")
    check(page)


def test_the_policy_previewed_invalid_and_saved(page: Page, ada):
    page.goto("/policy/")
    page.get_by_label("Denied domains").fill(f"{'überschriften' * 4}.studio.example\nstudio.example")
    page.get_by_label("In an hour").fill("1")
    page.get_by_label("Website Relaunch").check()
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("region", name="What version 1 would change")).to_be_focused()
    expect(
        page.get_by_role("heading", name=f"more of {len(State)} invitations of the last 90 days")
    ).to_be_visible()
    check(page)
    page.get_by_label("Denied domains").fill(LONG)
    page.get_by_role("button", name="Save as version 1").click()
    expect(page.get_by_role("group", name="Please check")).to_be_focused()
    check(page)
    page.get_by_label("Denied domains").fill("studio.example")
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("button", name="Save as version 1").click()
    expect(page.get_by_role("heading", level=1, name="Version 1")).to_be_visible()
    check(page)


def test_a_new_token_and_its_end(page: Page, ada):
    page.goto("/api-tokens/")
    page.get_by_label("Purpose").fill(LONG)
    page.get_by_label("Reads").select_option("both")
    page.get_by_role("button", name="Create token").click()
    expect(page.get_by_role("heading", name="The token was created")).to_be_visible()
    check(page)
    page.get_by_role("link", name="Revoke the token").click()
    check(page)
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("heading", name="Revoked")).to_be_visible()


def test_webhooks_that_are_parked_failing_and_off(page: Page, ada):
    page.goto("/webhooks/")
    for purpose in (LONG, "failing", "off"):
        page.get_by_label("Purpose").fill(purpose)
        page.get_by_label("URL").fill(f"https://{'x' * 60}.{'y' * 60}.example/")
        page.get_by_role("button", name="Add webhook").click()
        expect(page.get_by_role("heading", name=purpose)).to_be_visible()
    now = timezone.now()
    for purpose, change in {
        LONG: {"parked_at": 7, "problem": LONG, "failing_since": now, "delivered_at": now},
        "failing": {"problem": LONG, "failing_since": now},
        "off": {"is_on": False},
    }.items():
        Webhook.objects.filter(purpose=purpose).update(**change)
    page.goto("/webhooks/")
    expect(page.get_by_role("button", name="Try again: failing")).to_be_visible()
    check(page)


def test_the_first_event(page: Page, ada):
    page.goto("/audit/")
    page.get_by_role("row").nth(1).get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    check(page)


def test_a_page_without_access(page: Page, desk):
    page.goto("/audit/")
    check(page)


def test_pages_reflow_at_400_percent_zoom(page: Page, desk):
    page.set_viewport_size({"width": 320, "height": 256})
    desk.find("copy")
    desk.choose("WEB-12")
    send = page.get_by_role("button", name="Send invitation")
    send.scroll_into_view_if_needed()
    expect(send).to_be_in_viewport(ratio=1)


def test_the_button_is_in_reach_and_covers_no_field_above_a_phones_keyboard(page: Page, desk):
    page.set_viewport_size({"width": 360, "height": 400})
    page.goto("/invite/?task=WEB-12")
    for _ in range(20):
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="Send invitation")).to_be_in_viewport(ratio=1)
        seen = page.evaluate(
            """() => {
                const focused = document.activeElement;
                const { left, width, top, height } = focused.getBoundingClientRect();
                const there = document.elementFromPoint(left + width / 2, top + height / 2);
                return focused === document.body || focused.contains(there);
            }"""
        )
        assert seen, page.evaluate("document.activeElement.outerHTML")


def test_focus_is_always_visible(page: Page, desk):
    page.goto("/invite/?task=WEB-12")
    for _ in range(12):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            """() => {
                const style = getComputedStyle(document.activeElement);
                const after = getComputedStyle(document.activeElement, "::after");
                return style.outlineStyle !== "none" || after.outlineStyle !== "none";
            }"""
        )
        assert seen, page.evaluate("document.activeElement.outerHTML")
