"""The stand-in's own pages, and its switches for other processes."""

import httpx
import pytest


@pytest.fixture
def switch(standin):
    def pressed(verb: str, **arguments) -> httpx.Response:
        return httpx.post(f"{standin.root}/standin/control/{verb}", json=arguments)

    return pressed


def test_faults_are_set_from_outside(standin, switch):
    assert switch("fault", method="GET", path_part="/me", kind="status", status=503).status_code == 200
    assert httpx.get(f"{standin.url}/me").status_code == 503
    assert httpx.get(f"{standin.url}/me").status_code == 401


def test_rules_are_changed_from_outside(standin, switch):
    switch("set", replaces=False, seats=3, per_second=7, per_minute=70, access_seconds=60)
    assert (standin.world.replaces, standin.world.seats) == (False, 3)
    assert (standin.limits.second, standin.limits.minute) == (7, 70)
    assert standin.grants.access_seconds == 60
    switch("set", seats=4)
    assert (standin.world.replaces, standin.world.seats, standin.limits.second) == (False, 4, 7)


def test_the_delay_is_changed_from_outside(standin, switch):
    switch("set", delay=0.2)
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(f"{standin.url}/me", timeout=0.05)
    switch("set", delay=0)


def test_what_came_is_told(standin, switch):
    httpx.get(f"{standin.url}/me?a=1")
    assert switch("count", method="GET", path_part="/me").json() == {"count": 1}
    (asked,) = switch("requests").json()["requests"]
    assert (asked["method"], asked["path"], asked["query"], asked["status"]) == (
        "GET",
        "/me",
        {"a": "1"},
        401,
    )


def test_all_is_forgotten_at_a_reset(standin, switch):
    httpx.get(f"{standin.url}/me")
    switch("set", replaces=False)
    switch("reset")
    assert standin.world.replaces
    assert standin.requests == []


@pytest.mark.parametrize(
    ("verb", "arguments"),
    [
        ("nothing", {}),
        ("set", {"colour": "red"}),
        ("fault", {"method": "GET"}),
        ("fault", {"method": "GET", "path_part": "/", "kind": "explode"}),
    ],
)
def test_what_cannot_be_done_is_said(switch, verb, arguments):
    answer = switch(verb, **arguments)
    assert answer.status_code == 400
    assert answer.json()["problem"]


def test_no_web_page_can_press_a_switch(standin):
    """A page of another origin can send forms and plain text unasked, but no JSON."""
    address = f"{standin.root}/standin/control/reset"
    standin.world.replaces = False
    assert httpx.post(address, content="{}", headers={"Content-Type": "text/plain"}).status_code == 405
    assert httpx.get(address).status_code == 405
    assert not standin.world.replaces


def test_the_home_page_says_what_this_is_and_who_lives_here(standin):
    page = httpx.get(f"{standin.root}/standin/")
    assert "This is a stand-in for awork" in page.text
    assert "paula@nordlicht.example" in page.text
    assert "Zoë Łukasz &amp; Co" in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_the_style_sheet_is_its_own(standin):
    sheet = httpx.get(f"{standin.root}/standin/style.css")
    assert sheet.headers["Content-Type"] == "text/css; charset=utf-8"
    assert "prefers-color-scheme: dark" in sheet.text
