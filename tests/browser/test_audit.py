"""The audit log in a browser: filters, chips, histogram, an event, an export and an erasure."""

import json
import re
from pathlib import Path

import pytest
from django.db import transaction
from playwright.sync_api import Page, expect

from invites.audit.catalogue import EventType
from invites.audit.record import record
from invites.audit.snapshot import Snapshot
from portal.actor import Actor
from portal.models import User


@pytest.fixture
def log(page: Page, enter) -> Page:
    """The audit log page, with a few events of an administrator."""
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
    page.goto("/audit/")
    return page


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
        log.get_by_role("link", name="Export as JSON lines").click()
    event, about = map(json.loads, Path(started.value.path()).read_text("utf-8").splitlines())
    assert event["event"]["type"] == "invitation-sent"
    assert about["export"]["filters"] == {"q": "carla"}


def test_a_guest_is_erased(log: Page):
    log.get_by_role("link", name="Erase a guest's personal data").click()
    log.get_by_label("The guest's address").fill("carla@creative.example")
    log.get_by_label("The address again").fill("carla@creative.exampl")
    log.get_by_label("Reason").fill("asked by her")
    log.get_by_role("button", name="Erase").click()
    expect(log.get_by_text("The two addresses differ.").first).to_be_visible()

    log.get_by_label("The address again").fill("carla@creative.example")
    log.get_by_role("button", name="Erase").click()

    expect(log.get_by_role("heading", level=1)).to_contain_text("erased the personal data of erased-")
    log.goto("/audit/")
    expect(log.get_by_text("invited an erased person to WEB-12")).to_be_visible()
