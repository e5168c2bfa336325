"""What the browser itself holds to: nothing from elsewhere, and words where a request failed."""

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
from tests.gate.places import places
from tests.invites.factories import invitation


@pytest.fixture
def asked(context: BrowserContext) -> list[str]:
    """Every address that a page of this browser asks for."""
    found: list[str] = []
    context.on("request", lambda request: found.append(request.url))
    return found


def elsewhere(asked: list[str], portal: str) -> list[str]:
    """What was asked of anybody but the portal."""
    return [url for url in asked if urlsplit(url).netloc != urlsplit(portal).netloc]


def pages(reader: Client) -> list[str]:
    """Every address that this person can read as a page, with something to show on each."""
    found = ["/nowhere/", "/invite/?task=WEB-12&email=carla.creative@studio.example", "/invite/?q=copy"]
    found += places(invitation_id=[Invitation.objects.get().id], sequence=[1], reason=["workspace"])
    return [one for one in found if is_page(reader.get(one))]


def is_page(answer: HttpResponse) -> bool:
    """Neither a file nor the answer to a form that has to be posted."""
    return answer.status_code != 405 and answer["Content-Type"].startswith("text/html")


def test_no_page_asks_anybody_but_the_portal(page: Page, enter, portal: str, asked, sign_in):
    enter("ada")
    invitation(User.objects.get(first_name="Ada"))
    reader = Client()
    sign_in(reader, "ada")
    walked = pages(reader)
    assert {"/invite/", "/invitations/", "/audit/", "/audit/1/", "/account/", "/login/"} <= set(walked)
    for address in walked:
        page.goto(address, wait_until="networkidle")
    assert len(asked) > len(walked)
    assert elsewhere(asked, portal) == []


def test_a_request_to_elsewhere_is_seen_and_stopped(page: Page, portal: str, asked, console):
    page.goto("/login/")
    page.evaluate("""() => new Promise(done => {
        const one = new Image();
        one.onerror = done;
        one.src = "https://evil.example/x.png";
    })""")
    assert elsewhere(asked, portal) == ["https://evil.example/x.png"]
    assert "https://evil.example/x.png" in console.pop()  # the policy, which the browser holds to


def test_an_export_too_many_is_answered_with_words(page: Page, enter, monkeypatch):
    enter("ada")
    page.goto("/audit/")
    monkeypatch.setattr(rate_limits, "EXPORT", replace(rate_limits.EXPORT, per_user=1))
    with page.expect_download():
        page.get_by_role("link", name="Export as CSV").click()
    page.get_by_role("link", name="Export as JSON lines").click()
    expect(page.get_by_role("heading", name="Too often in a short time")).to_be_visible()
    expect(page.get_by_text("Try again in")).to_be_visible()
    assert Event.objects.filter(type="exported").count() == 1


def test_a_part_that_failed_tells_the_request_id(page: Page, desk, monkeypatch, console):
    monkeypatch.setattr("invites.views.invite._show", None)
    with page.expect_response(lambda answer: "q=" in answer.url) as failed:
        desk.search.press_sequentially("copy")
    expect(page.get_by_role("alert")).to_contain_text("That did not work")
    expect(page.get_by_role("alert")).to_contain_text(
        f"Request ID for support: {failed.value.headers['x-request-id']}"
    )
    assert "Response Status Error Code 500" in console.pop()


@pytest.fixture
def elsewhere_framed(portal: str) -> Iterator[str]:
    """The address of a page of another origin that holds the portal's in a frame."""
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


def test_no_other_page_holds_the_portal_in_a_frame(page: Page, elsewhere_framed: str, console):
    page.goto(elsewhere_framed, wait_until="networkidle")
    held = page.frames[1]
    assert held.url.startswith("chrome-error:"), held.url
    assert "Sign in" not in held.content()
    console.clear()  # the browser says that it refused
