"""A real Chromium against the portal and the stand-in, both over real HTTP."""

import os
import re
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from django.test import Client
from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, expect

from portal.standin.environment import API_KEY

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
NONE_THERE = "Browser tests need Chromium. On Debian: apt-get install chromium fonts-dejavu-core"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests of this folder: the browser's server only sees committed data."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """The installed Chromium; without one, tests are skipped locally and fail in CI."""
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if path is None and os.environ.get("CI") == "true":
        pytest.fail(NONE_THERE)
    if path is None:
        pytest.skip(NONE_THERE)
    return {"executable_path": path, "args": ["--no-sandbox", "--disable-dev-shm-usage"]}


class Quiet(WSGIRequestHandler):
    """Doesn't log requests."""

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="session")
def server(static_files: None, django_db_setup: None) -> Iterator[str]:
    """Serves the portal with collected static files; returns its URL."""
    httpd = ThreadedWSGIServer(("localhost", 0), Quiet)
    httpd.daemon_threads = True
    httpd.set_app(get_wsgi_application())
    threading.Thread(target=httpd.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://localhost:{httpd.server_port}"
    httpd.shutdown()
    httpd.server_close()


@pytest.fixture
def portal(server: str, transactional_db: None, standin: Any, settings: Any) -> str:
    """The portal's URL, with an empty database and a new awork."""
    settings.PORTAL_URL = server
    settings.AWORK_API_KEY = API_KEY  # Paula may not list roles
    return server


@pytest.fixture
def browser_context_args(portal: str) -> dict[str, Any]:
    """Options of every browser window."""
    return {
        "base_url": portal,
        "locale": "en-GB",
        "timezone_id": "Europe/Berlin",
        "viewport": {"width": 1100, "height": 800},
        "reduced_motion": "reduce",
    }


# A refused form answers 422 and a page that is not there 404, and htmx notes a request that was on its way
# when the page was left. One that fails otherwise is an htmx:sendError too.
EXPECTED = ("Failed to load resource", "htmx:sendAbort", "htmx:afterRequest")


@pytest.fixture(autouse=True)
def console(context: BrowserContext) -> Iterator[list[str]]:
    """The browser's console errors; the test fails if there are any."""
    said: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(EXPECTED):
            said.append(message.text)

    context.on("console", note)
    context.on("weberror", lambda problem: said.append(str(problem.error)))
    yield said
    assert said == []


@pytest.fixture
def enter(context: BrowserContext, portal: str, sign_in: Any) -> Any:
    """Signs the browser in as a user of the cast, without clicking."""

    def entered(who: str = "paula") -> None:
        client = Client()
        sign_in(client, who)
        key = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": key, "url": portal, "httpOnly": True}])

    return entered


def asks(url: str, **values: str) -> bool:
    """Whether the URL has these values in its query, each once."""
    query = parse_qs(urlsplit(url).query, keep_blank_values=True)
    return all(query.get(name) == [value] for name, value in values.items())


def press(page: Page, locator: Locator) -> None:
    """Press for as long as people do, wherever the button is when the press begins."""
    box = locator.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.wait_for_timeout(120)
    page.mouse.up()


def send_many(page: Page) -> None:
    """Invite two guests, of whom one is entered wrong, to the progress of their batch."""
    page.goto("/invite/many/")
    page.get_by_label("E-mail addresses").fill("Carla <carla@creative.example>\nkim@")
    page.get_by_role("textbox", name="Task").fill("WEB-12")
    page.get_by_role("button", name="Check guests").click(delay=120)
    expect(page.get_by_role("button", name="Send 1 invitation")).to_be_visible()
    page.get_by_role("textbox", name="E-mail").fill("kim@creative.example")
    page.get_by_role("textbox", name="E-mail").press("Enter")  # checks, and sends nothing
    page.get_by_role("button", name="Send 2 invitations").click(delay=120)
    expect(page).to_have_url(re.compile("/batches/[0-9a-f-]{36}/$"))
    expect(page.get_by_text("kim@creative.example")).to_be_visible()


@dataclass
class Desk:
    """Page object of the invitation form."""

    page: Page

    @property
    def search(self) -> Locator:
        """The task search."""
        return self.page.get_by_role("combobox", name="Search by name")

    @property
    def options(self) -> Locator:
        """The task options."""
        return self.page.get_by_role("listbox", name="Tasks").get_by_role("option")

    @property
    def chosen(self) -> Locator:
        """The card of the selected task."""
        return self.page.get_by_role("group", name="Selected task")

    def find(self, words: str) -> None:
        """Type into the task search and wait until the response to all of it is on the page.

        On a busy machine the typing pauses, and its beginning is searched for as well.
        """
        with self.page.expect_response(lambda answer: asks(answer.url, q=words)):
            self.search.press_sequentially(words)
        self.settled()

    def settled(self) -> None:
        """Wait until htmx has swapped in what it asked for: a key before that acts on old options."""
        expect(self.page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)

    def choose(self, key: str) -> None:
        """Pick a task of the list."""
        self.options.filter(has_text=key).first.click()
        self.chosen.filter(has_text=key).wait_for()

    def guest(self, email: str) -> None:
        """Enter an e-mail, leave the field and wait for the updated panel."""
        with self.page.expect_response(lambda answer: asks(answer.url, email=email)):
            self.page.get_by_label("E-mail").fill(email)
            self.page.get_by_label("E-mail").press("Tab")
        self.settled()

    def send(self) -> None:
        """Press the button."""
        self.page.get_by_role("button", name="Send invitation").click()


@pytest.fixture
def desk(page: Page, enter: Any) -> Desk:
    """Paula at the empty form."""
    enter("paula")
    page.goto("/invite/")
    return Desk(page)
