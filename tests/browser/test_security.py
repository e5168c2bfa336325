"""Enforced by the browser: no requests to other hosts, no framing; failed requests show a message."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect

from invites.audit.models import Event
from invites.models import Invitation
from portal.models import User
from portal.web import rate_limits
from tests.browser.conftest import asks
from tests.invites.factories import invitation
from tests.security.urls import all_urls

TABS = 6  # pages open at once: each has to be left alone until it asks for nothing more


@pytest.fixture
def asked(context: BrowserContext) -> list[str]:
    """All URLs requested by this browser."""
    found: list[str] = []
    context.on("request", lambda request: found.append(request.url))
    return found


def elsewhere(asked: list[str], portal: str) -> list[str]:
    """Requests to other hosts than the portal."""
    return [url for url in asked if urlsplit(url).netloc != urlsplit(portal).netloc]


def pages(reader: Client) -> list[str]:
    """All URLs that this user can open as a page, with sample data on each."""
    found = ["/nowhere/", "/invite/?task=WEB-12&email=carla.creative@studio.example", "/invite/?q=copy"]
    found += all_urls(invitation_id=[Invitation.objects.get().id], sequence=[1], reason=["workspace"])
    return [one for one in found if is_page(reader.get(one))]


def is_page(answer: HttpResponse) -> bool:
    """An HTML page, not a download or a POST-only URL."""
    return answer.status_code != 405 and answer["Content-Type"].startswith("text/html")


def test_pages_make_no_requests_to_other_hosts(context, page: Page, enter, portal: str, asked, sign_in):
    enter("ada")
    invitation(User.objects.get(first_name="Ada"))
    reader = Client()
    sign_in(reader, "ada")
    walked = pages(reader)
    assert {"/invite/", "/invitations/", "/audit/", "/audit/1/", "/account/", "/login/"} <= set(walked)
    for start in range(0, len(walked), TABS):
        some = walked[start : start + TABS]
        tabs = [context.new_page() for _ in some]
        for tab, address in zip(tabs, some, strict=True):
            tab.goto(address, wait_until="commit")
        for tab in tabs:
            tab.wait_for_load_state("networkidle")
            tab.close()
    assert len(asked) > len(walked)
    assert elsewhere(asked, portal) == []


def test_a_request_to_another_host_is_blocked(page: Page, portal: str, asked, console):
    page.goto("/login/")
    with (
        page.expect_console_message(
            lambda message: "https://evil.example/x.png" in message.text
        ),  # the policy
        page.expect_request("https://evil.example/x.png"),
    ):
        page.evaluate("""() => new Promise(done => {
            const one = new Image();
            one.onerror = done;
            one.src = "https://evil.example/x.png";
        })""")
    assert elsewhere(asked, portal) == ["https://evil.example/x.png"]
    console.clear()


def test_a_rate_limited_export_shows_a_message(page: Page, enter, monkeypatch):
    enter("ada")
    page.goto("/audit/")
    monkeypatch.setattr(rate_limits, "EXPORT", replace(rate_limits.EXPORT, per_user=1))
    page.get_by_text("Export", exact=True).click()
    with page.expect_download():
        page.get_by_role("link", name="Export as CSV").click()
    page.get_by_role("link", name="JSON lines, which can be verified").click()
    expect(page.get_by_role("heading", name="Too many requests")).to_be_visible()
    expect(page.get_by_text("Try again in")).to_be_visible()
    assert Event.objects.filter(type="exported").count() == 1


def test_a_failed_fragment_shows_the_request_id(page: Page, desk, monkeypatch, console):
    monkeypatch.setattr("invites.views.invite._show", None)
    with (
        page.expect_console_message(lambda message: "Response Status Error Code 500" in message.text),
        page.expect_response(lambda answer: asks(answer.url, q="copy")) as failed,
    ):
        desk.search.fill("copy")
    expect(page.get_by_role("alert")).to_contain_text("Something went wrong")
    expect(page.get_by_role("alert")).to_contain_text(
        f"Request ID for support: {failed.value.headers['x-request-id']}"
    )
    console.clear()


@pytest.fixture
def elsewhere_framed(portal: str) -> Iterator[str]:
    """URL of a page on another origin that frames the portal."""
    frame = f'<!doctype html><iframe src="{portal}/login/"></iframe>'.encode()

    class Holder(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(frame)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("localhost", 0), Holder)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://localhost:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_no_other_site_can_frame_the_portal(page: Page, elsewhere_framed: str, console):
    page.goto(elsewhere_framed, wait_until="networkidle")
    held = page.frames[1]
    assert held.url.startswith("chrome-error:"), held.url
    assert "Sign in" not in held.content()
    console.clear()  # the browser says that it refused
