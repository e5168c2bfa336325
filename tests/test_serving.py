"""`gunicorn portal.wsgi` as in the README: a separate process with production settings."""

import json
import re
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier

import httpx
import pytest
from django.conf import settings

from tests import served

pytestmark = pytest.mark.xdist_group("serving")  # they share the servers

PUBLIC = "https://invite.studio.example"
PUBLIC_PORT = f"{PUBLIC}:8443"
YEAR = 365 * 24 * 3600


@pytest.fixture(scope="module")
def database_url():
    with served.database() as address:
        yield address


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """The file with the lines of the portal behind a proxy."""
    return tmp_path_factory.mktemp("log") / "desk.log"


@pytest.fixture(scope="module")
def environment(standin_server_of_session, database_url):
    """The settings of the portal behind a proxy."""
    root = standin_server_of_session.root
    return served.production_environment(PUBLIC, root, DATABASE_URL=database_url)


@pytest.fixture(scope="module")
def proxied(static_files, standin_server_of_session, environment, log):
    """A portal behind a proxy with TLS, and a browser that comes through the proxy."""
    standin_server_of_session.reset()  # another test may have left its limits behind
    port = served.free_port()
    served.manage(environment, "migrate", "-v0")
    with served.gunicorn(environment, port, log) as address:
        yield address, httpx.Client(base_url=PUBLIC, mounts={PUBLIC: served.Proxy(address)}, timeout=30)


@pytest.fixture(scope="module")
def local(proxied, database_url):
    """A portal on a loopback address, without a proxy."""
    port = served.free_port()
    env = served.production_environment(
        f"http://127.0.0.1:{port}", "http://127.0.0.1:9", DATABASE_URL=database_url
    )
    with served.gunicorn(env, port) as address:
        yield httpx.Client(base_url=address, timeout=30)


def static(browser, ending):
    """The address of a static file, as a public page names it."""
    return re.search(rf'"(/static/[^"]+{ending})"', browser.get("/login/refused/workspace/").text)[1]


def test_plain_http_is_sent_to_https(proxied):
    address, _ = proxied
    answer = httpx.get(f"{address}/invite/?q=copy", headers={"Host": "invite.studio.example"})
    assert answer.status_code == 301
    assert answer.headers["Location"] == f"{PUBLIC}/invite/?q=copy"


def test_a_health_check_needs_no_https(proxied):
    address, _ = proxied
    answer = httpx.get(f"{address}/healthz", headers={"Host": "invite.studio.example"})
    assert (answer.status_code, answer.text) == (200, "ok")


def test_another_host_is_refused(proxied):
    address, _ = proxied
    answer = httpx.get(f"{address}/login/", headers={"Host": "evil.example", "X-Forwarded-Proto": "https"})
    assert answer.status_code == 400


def test_https_pages_set_hsts(proxied):
    _, browser = proxied
    answer = browser.get("/login/")
    assert f"max-age={YEAR}" in answer.headers["Strict-Transport-Security"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Encoding"] == "gzip"


def test_signing_in_through_the_proxy_sets_secure_cookies_only(proxied):
    _, browser = proxied
    served.sign_in(browser, PUBLIC)
    ours = [cookie for cookie in browser.cookies.jar if cookie.domain == "invite.studio.example"]
    assert {cookie.name for cookie in ours} == {"sessionid", "csrftoken", "sign_in", "form_author"}
    assert all(cookie.secure and cookie.has_nonstandard_attr("HttpOnly") for cookie in ours)
    assert "Paula Petersen" in browser.get("/invite/").text


def test_one_form_pressed_ten_times_at_once_sends_once(proxied, standin_server_of_session):
    address, browser = proxied
    browser.cookies.clear()  # signed in by another test, it would be led on
    served.sign_in(browser, PUBLIC)
    world = standin_server_of_session.world
    form = {"task": "WEB-12", "role": str(world.role("guest").id), "email": "carla@creative.example"}
    page = browser.get("/invite/", params=form).text
    form |= {name: served.hidden_field(page, name) for name in ("csrfmiddlewaretoken", "key")}
    before = standin_server_of_session.count("POST", "assignuserbyemail")
    together = Barrier(10)

    def press(_):
        with httpx.Client(
            cookies=browser.cookies, mounts={PUBLIC: served.Proxy(address)}, timeout=60
        ) as another:
            together.wait()
            return another.post(f"{PUBLIC}/invite/", data=form, headers={"Origin": PUBLIC})

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(press, range(10)))
    assert standin_server_of_session.count("POST", "assignuserbyemail") == before + 1
    assert {answer.status_code for answer in answers} == {302}
    (record,) = {answer.headers["Location"] for answer in answers}
    assert 'data-state="sent"' in browser.get(record).text


def test_the_log_begins_with_the_version(proxied, log):
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["version"] for line in lines if line["event"] == "the desk started"] == [settings.VERSION]


COPIED = "workspace, at, type, outcome, request_id, actor_name, actor_email, ip_address, user_agent, task_key"
COPIED += ", task_name, project_name, role_name, people, previous, hash"


def make_unreadable(database_url, more):
    """Add an event that can't be read, and as many newer ones that can."""
    with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"))) as database, database:
        for first, count, details in ((10_001, 1, "{"), (20_001, more, "{}")):
            database.execute(
                f"WITH RECURSIVE n(n) AS (SELECT ? UNION ALL SELECT n + 1 FROM n WHERE n < ?)"
                f" INSERT INTO audit_event (sequence, details, {COPIED})"
                f" SELECT n, ?, {COPIED} FROM n, (SELECT * FROM audit_event ORDER BY id DESC LIMIT 1)",
                (first, first + count - 1, details),
            )


def test_an_export_that_breaks_off_is_an_error_in_the_log(proxied, database_url, log):
    _, browser = proxied
    browser.cookies.clear()
    served.sign_in(browser, PUBLIC, "Ada Ahrens")
    make_unreadable(database_url, more=2000)  # events are read and sent in chunks of as many
    before = len(log.read_text().splitlines())
    with pytest.raises(httpx.RemoteProtocolError), browser.stream("GET", "/audit/export.csv") as answer:
        assert answer.status_code == 200
        assert b"".join(answer.iter_bytes()).count(b"\n") > 1000
    lines = [json.loads(line) for line in log.read_text().splitlines()[before:]]
    errors = [line for line in lines if line["level"] == "error"]
    assert [line["event"] for line in errors] == ["the response broke off"]
    assert errors[0]["route"] == "audit-csv"
    assert "JSONDecodeError" in errors[0]["exception"]


def test_the_audit_key_is_replaced_under_a_live_session(proxied, environment, log):
    """As OPERATIONS.md says, but one process is not restarted; without the event that can't be read."""
    _, browser = proxied
    export, present = "/audit/export.jsonl?type=audit-key-rotated", environment["AUDIT_KEY"]
    browser.cookies.clear()
    served.sign_in(browser, PUBLIC, "Ada Ahrens")
    new = served.fresh_keys()["AUDIT_KEY"]
    served.manage(environment | {"AUDIT_KEY": f"{new},{present}"}, "rotate_audit_key")
    with served.gunicorn(environment | {"AUDIT_KEY": new}, served.free_port()) as restarted:
        proxy = served.Proxy(restarted)
        with httpx.Client(base_url=PUBLIC, cookies=browser.cookies, mounts={PUBLIC: proxy}) as other:
            answer = other.get(export)
    assert answer.status_code == 200
    assert '"handovers":["audit-handover-1 ' in answer.text.splitlines()[-1]
    assert browser.get("/audit/").status_code == 200
    assert browser.get(export).status_code == 500
    assert "KeyReplaced" in "".join(log.read_text().splitlines()[-2:])


@pytest.mark.parametrize("encoding", ["br", "gzip"])
@pytest.mark.parametrize("ending", ["css", "js"])
def test_static_files_are_hashed_compressed_and_immutable(proxied, ending, encoding):
    _, browser = proxied
    address = static(browser, ending)
    assert re.search(r"\.[0-9a-f]{12}\.", address)
    answer = browser.get(address, headers={"Accept-Encoding": encoding})
    assert answer.headers["Content-Encoding"] == encoding
    assert "immutable" in answer.headers["Cache-Control"]
    assert "no-store" not in answer.headers["Cache-Control"]


def test_a_form_with_long_names_fits_into_a_url(local):
    assert local.get("/login/", params={"next": "/invite/?first_name=" + "ü" * 1000}).status_code == 200


def test_on_a_loopback_address_plain_http_is_enough(local):
    answer = local.get("/login/")
    assert answer.status_code == 200
    assert "Strict-Transport-Security" not in answer.headers
    assert "secure" not in answer.headers["Set-Cookie"].lower()


def test_a_client_cannot_pretend_https_without_a_proxy(local):
    answer = local.get("/login/", headers={"X-Forwarded-Proto": "https"})
    assert "Strict-Transport-Security" not in answer.headers


def test_an_unlisted_proxy_cannot_pretend_https(proxied, database_url):
    """gunicorn itself believes every process of its machine."""
    port = served.free_port()
    env = served.production_environment(
        PUBLIC, "http://127.0.0.1:9", DATABASE_URL=database_url, TRUSTED_PROXIES="192.0.2.1"
    )
    with served.gunicorn(env, port) as address:
        headers = {"Host": "invite.studio.example", "X-Forwarded-Proto": "https"}
        assert httpx.get(f"{address}/login/", headers=headers).status_code == 301


@pytest.fixture
def portless(static_files, standin_server_of_session):
    """A portal on another port than 443, behind a proxy that drops the port from the Host header."""
    standin_server_of_session.reset()
    with served.portal(standin_server_of_session.root, PORTAL_URL=PUBLIC_PORT) as address:
        proxy = served.Proxy(address, drops_port=True)
        yield address, httpx.Client(base_url=PUBLIC_PORT, mounts={PUBLIC_PORT: proxy}, timeout=30)


def sign_in_at(browser, login):
    """Sign in from this sign-in page; returns where it leads to."""
    shown = browser.get(login)
    fields = {name: served.hidden_field(shown.text, name) for name in ("csrfmiddlewaretoken", "next")}
    left = browser.post("/login/", data=fields, headers={"Origin": PUBLIC_PORT})
    people = browser.get(left.headers["Location"]).text
    chosen = re.search(r'value="([^"]+)">\s*<strong>Paula Petersen</strong>', people)
    back = browser.post(left.headers["Location"], data={"person": chosen[1]})
    return browser.get(back.headers["Location"]).headers["Location"]


def test_a_proxy_that_drops_the_port_loses_no_place_and_no_form(portless, standin_server_of_session):
    address, browser = portless
    plain = httpx.get(f"{address}/invite/?q=copy", headers={"Host": "invite.studio.example"})
    assert plain.headers["Location"] == f"{PUBLIC_PORT}/invite/?q=copy"

    place = "/invite/?task=WEB-12"
    assert sign_in_at(browser, browser.get(place).headers["Location"]) == place

    standin_server_of_session.grants.revoke()
    part = browser.get(
        "/invite/",
        params={"task": "WEB-13", "email": "carla@creative.example", "first_name": "Carla"},
        headers={"HX-Request": "true", "HX-Target": "panel", "HX-Current-URL": f"{PUBLIC_PORT}{place}"},
    )
    assert part.headers["HX-Redirect"] == "/login/?next=/invite/%3Ftask%3DWEB-12"
    assert sign_in_at(browser, part.headers["HX-Redirect"]) == place
    assert 'value="carla@creative.example"' in browser.get(place).text

    page = browser.get("/account/").text
    form = {"csrfmiddlewaretoken": served.hidden_field(page, "csrfmiddlewaretoken")}
    for headers in ({"Origin": PUBLIC_PORT}, {"Referer": f"{PUBLIC_PORT}/account/"}):
        assert browser.post("/logout/", data=form, headers=headers).status_code == 302


def test_missing_settings_stop_the_server_and_are_named():
    env = served.clean_environment(PORTAL_URL="http://invite.studio.example")
    began = time.monotonic()
    ended = served.run([*served.GUNICORN, "--bind", f"127.0.0.1:{served.free_port()}"], env, seconds=20)
    assert ended.returncode == 4
    assert time.monotonic() - began < 15
    for name in ("SECRET_KEY", "TOKEN_KEYS", "AUDIT_KEY", "AWORK_WORKSPACES", "PORTAL_URL"):
        assert ended.stderr.count(f"  {name}: ") == 1, ended.stderr
    assert "Traceback" not in ended.stderr
