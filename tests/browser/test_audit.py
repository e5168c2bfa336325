"""The audit log in a browser: filters, chips, histogram, an event, an export and an erasure."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction
from playwright.sync_api import Page, Route, expect

from invites.audit.catalogue import EventType
from invites.audit.record import record
from invites.audit.snapshot import Snapshot
from invites.worker import registered
from portal.actor import Actor
from portal.models import User


@pytest.fixture
def log(page: Page, enter) -> Iterator[Page]:
    """The audit log page, with a few events of an administrator, while a worker runs."""
    enter("ada")
    user = User.objects.get(first_name="Ada")
    who = Actor(user.workspace_id, user.awork_id, user.name, user.email, "192.0.2.7", "tests")
    carla = Snapshot(
        task_key="WEB-12",
        task_name="Write copy",
        project_name="Website",
        role_name="Guest",
        email="carla@creative.example",
        first_name="Carla",
        last_name="Creative",
    )
    with transaction.atomic():
        record(EventType.INVITATION_SENT, by=who, snapshot=carla, outcome="sent")
        record(EventType.SETTINGS_CHANGED, by=who)
    with registered():
        page.goto("/audit/")
        yield page


def test_filters_swap_the_list_and_update_the_url(log: Page):
    expect(log.get_by_role("img", name="events from")).to_be_visible()

    log.get_by_label("Search", exact=True).fill("carla")
    log.get_by_role("button", name="Filter").click()

    expect(log.get_by_role("row")).to_have_count(2)
    expect(log.get_by_role("link", name="Search: carla")).to_be_visible()
    expect(log).to_have_url(re.compile("q=carla"))
    log.reload()
    expect(log.get_by_role("row")).to_have_count(2)
    log.get_by_role("link", name="Search: carla").click()
    expect(log.get_by_role("row").nth(2)).to_be_visible()
    expect(log).not_to_have_url(re.compile("carla"))


def test_a_row_opens_the_event(log: Page):
    log.get_by_role("link", name="invited Carla Creative to WEB-12").click()
    expect(log.get_by_text("carla@creative.example")).to_be_visible()
    expect(log.get_by_role("heading", name="Chain position")).to_be_visible()
    expect(log.get_by_role("link", name="changed settings")).to_be_visible()


def test_the_filtered_events_can_be_exported(log: Page):
    log.goto("/audit/?q=carla")
    with log.expect_download() as started:
        log.get_by_text("Export", exact=True).click()
        log.get_by_role("link", name="JSON lines, which can be verified").click()
    event, about = map(json.loads, Path(started.value.path()).read_text("utf-8").splitlines())
    assert event["event"]["type"] == "invitation-sent"
    assert about["export"]["filters"] == {"q": "carla"}


def test_six_events_are_in_view_and_paging_leads_to_the_top_of_the_list(log: Page):
    user = User.objects.get(first_name="Ada")
    who = Actor(user.workspace_id, user.awork_id, user.name, user.email, "192.0.2.7", "tests")
    lotte = {"email": "lotte@kunde.example", "first_name": "Lotte", "last_name": "Lenz"}
    long = Snapshot(task_key="WEB-16", task_name="Design questions & answers", **lotte)
    with transaction.atomic():
        for _ in range(60):
            record(EventType.INVITATION_UNCLEAR, by=who, snapshot=long, details={"reason": "no-answer"})
    log.set_viewport_size({"width": 1280, "height": 800})
    log.goto("/audit/")
    log.get_by_role("button", name="Verify now").click()
    expect(log.get_by_text("Verified up to event 63")).to_be_visible()
    expect(log.get_by_role("img", name="events from")).to_be_visible()
    bottoms = log.evaluate(
        "[...document.querySelectorAll('tbody tr')].map(one => one.getBoundingClientRect().bottom)"
    )
    assert sum(bottom <= 800 for bottom in bottoms) >= 6

    log.get_by_role("link", name="Older").click()
    expect(log).to_have_url(re.compile("before="))
    expect(log.locator("#events")).to_be_focused()
    assert abs(log.locator("#events").bounding_box()["y"]) < 100


def test_menus_close_by_escape_and_when_the_list_has_come(log: Page):
    more = log.get_by_text("More filters")
    more.click()
    log.get_by_label("Role").press("Escape")
    expect(log.get_by_label("Role")).to_be_hidden()
    expect(more).to_be_focused()

    more.press("Enter")
    log.get_by_label("Event", exact=True).select_option("Invitation sent")
    log.get_by_role("button", name="Filter", exact=True).click()
    expect(log.get_by_role("link", name="Event: Invitation sent")).to_be_visible()
    expect(log.get_by_label("Role")).to_be_hidden()


def test_a_menu_stays_open_when_the_histogram_arrives(log: Page):
    held: list[Route] = []
    log.route("**/histogram/*", lambda route: held.append(route))
    log.reload()
    log.get_by_text("Export", exact=True).click()
    held[0].continue_()
    expect(log.get_by_role("img", name="events from")).to_be_visible()
    expect(log.get_by_role("link", name="Signed checkpoints")).to_be_visible()


def test_a_guest_is_erased(log: Page):
    log.get_by_role("link", name="Erase a guest's personal data").click()
    log.get_by_label("The guest's address").fill("carla@creative.example")
    log.get_by_label("The address again").fill("carla@creative.exampl")
    log.get_by_label("Reason").fill("asked by her")
    log.get_by_role("button", name="Preview").click()
    expect(log.get_by_text("The two addresses differ.").first).to_be_visible()

    log.get_by_label("The address again").fill("carla@creative.example")
    log.get_by_role("button", name="Preview").click()
    expect(log.get_by_role("region", name="This will be erased")).to_be_focused()
    log.get_by_role("button", name="Erase").click()

    expect(log.get_by_role("status").filter(has_text="were erased from 1 event")).to_be_focused()
    expect(log.get_by_role("heading", level=1)).to_contain_text("erased the personal data of erased-")
    log.goto("/audit/")
    expect(log.get_by_text("invited an erased person to WEB-12")).to_be_visible()
