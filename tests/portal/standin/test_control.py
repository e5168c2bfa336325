"""The stand-in's start page and control API."""

import httpx
import pytest

from portal.standin.seed import user_id


@pytest.fixture
def control(standin):
    def call(action: str, **arguments) -> httpx.Response:
        return httpx.post(f"{standin.root}/standin/control/{action}", json=arguments)

    return call


def test_faults_can_be_added(standin, control):
    assert control("fault", method="GET", path_part="/me", kind="status", status=503).status_code == 200
    assert httpx.get(f"{standin.url}/me").status_code == 503
    assert httpx.get(f"{standin.url}/me").status_code == 401


def test_options_can_be_set(standin, control):
    control("set", replaces=False, seats=3, per_second=7, per_minute=70, access_seconds=60)
    assert (standin.world.replaces, standin.world.seats) == (False, 3)
    assert (standin.limits.second, standin.limits.minute) == (7, 70)
    assert standin.grants.access_seconds == 60
    control("set", seats=4)
    assert (standin.world.replaces, standin.world.seats, standin.limits.second) == (False, 4, 7)


def test_the_delay_can_be_set(standin, control):
    control("set", delay=0.2)
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(f"{standin.url}/me", timeout=0.05)
    control("set", delay=0)


def test_requests_are_counted_and_listed(standin, control):
    httpx.get(f"{standin.url}/me?a=1")
    assert control("count", method="GET", path_part="/me").json() == {"count": 1}
    (asked,) = control("requests").json()["requests"]
    assert (asked["method"], asked["path"], asked["query"], asked["status"]) == (
        "GET",
        "/me",
        {"a": "1"},
        401,
    )


def test_reset_restores_everything(standin, control):
    httpx.get(f"{standin.url}/me")
    control("set", replaces=False)
    control("reset")
    assert standin.world.replaces
    assert standin.requests == []


@pytest.mark.parametrize(
    ("action", "arguments"),
    [
        ("nothing", {}),
        ("set", {"colour": "red"}),
        ("fault", {"method": "GET"}),
        ("fault", {"method": "GET", "path_part": "/", "kind": "explode"}),
    ],
)
def test_invalid_calls_return_the_problem(control, action, arguments):
    answer = control(action, **arguments)
    assert answer.status_code == 400
    assert answer.json()["problem"]


def test_no_web_page_can_call_it(standin):
    """Pages of other origins can send forms and plain text without permission, but no JSON."""
    address = f"{standin.root}/standin/control/reset"
    standin.world.replaces = False
    assert httpx.post(address, content="{}", headers={"Content-Type": "text/plain"}).status_code == 405
    assert httpx.get(address).status_code == 405
    assert not standin.world.replaces


def test_the_start_page_says_what_this_is_and_lists_the_users(standin):
    page = httpx.get(f"{standin.root}/standin/")
    assert "This is a stand-in for awork" in page.text
    assert "paula@nordlicht.example" in page.text
    assert "Zoë Łukasz &amp; Co" in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_the_style_sheet_is_served(standin):
    sheet = httpx.get(f"{standin.root}/standin/style.css")
    assert sheet.headers["Content-Type"] == "text/css; charset=utf-8"
    assert "prefers-color-scheme: dark" in sheet.text


def test_users_are_changed(standin, control):
    world = standin.world
    gustav = world.change(world.person("gustav"), invitation_accepted=False)
    for change, field in [
        ("accept", "invitation_accepted"),
        ("deactivate", "is_deactivated"),
        ("archive", "is_archived"),
        ("connect", "is_external"),
    ]:
        assert control("user", who="gustav", change=change).status_code == 200
        assert getattr(world.person("gustav"), field)
    control("user", who=gustav.email, change="activate", role="member")
    assert not world.person("gustav").is_deactivated
    assert world.person("gustav").role_id == world.role("member").id
    control("user", who="gustav", change="delete")
    assert gustav.id not in world.people
    for arguments in ({"who": "gustav", "change": "accept"}, {"who": "zoe", "change": "x"}, {"who": "zoe"}):
        assert control("user", **arguments).status_code == 400


def test_users_are_changed_on_the_start_page_and_by_no_other_page(standin):
    address = f"{standin.root}/standin/users/{user_id('zoe')}"
    form, own = {"change": "deactivate"}, {"Sec-Fetch-Site": "same-origin"}
    for foreign in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
        assert httpx.post(address, data=form, headers=foreign).status_code == 403
    assert not standin.world.person("zoe").is_deactivated
    assert httpx.post(address, data=form, headers=own).headers["Location"] == "/standin/"
    assert standin.world.person("zoe").is_deactivated
    assert httpx.post(address, data=form, headers=own).status_code == 400


def test_the_start_page_has_buttons_for_guests_who_were_invited(standin):
    world = standin.world
    task, role = world.task("WEB-12").id, world.role("guest").id
    guest = world.assign_by_email(world.person("paula"), task, "carla@studio.example", role, {})
    page = httpx.get(f"{standin.root}/standin/").text
    assert f'action="/standin/users/{guest.id}"' in page
    assert 'value="accept"' in page
