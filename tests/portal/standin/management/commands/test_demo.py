"""`manage.py demo` as a separate process: it starts, signs users in, stops, and keeps its data."""

import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from portal.standin.seed import user_id
from tests.portal.standin.management.commands.conftest import free_port

HERE = Path(__file__).resolve().parents[5]
pytestmark = pytest.mark.xdist_group("demo")  # they share one running demo


def manage(*arguments: object) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "manage.py", *map(str, arguments)],
        cwd=HERE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def demo(port: int, data: Path, *options: str, ended_by: int = signal.SIGINT) -> Iterator[str]:
    """Run the demo and yield what it printed."""
    process = manage("demo", "--port", port, "--data", data, *options)
    try:
        printed = ""
        while "Ctrl-C" not in printed:
            line = process.stdout.readline()
            assert line, process.stderr.read()
            printed += line
        yield printed
    finally:
        process.send_signal(ended_by)
        _, errors = process.communicate(timeout=20)
        print(errors)
    assert process.returncode == 0, errors
    assert "Traceback" not in errors


def browser_at(port: int) -> httpx.Client:
    return httpx.Client(base_url=f"http://127.0.0.1:{port}", follow_redirects=True, timeout=20)


def sign_in(browser: httpx.Client, handle: str) -> httpx.Response:
    """Sign in through awork's page."""
    button = browser.get("/login/")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', button.text)[1]
    page = browser.post("/login/", data={"csrfmiddlewaretoken": token})
    assert "stand-in" in page.text, (page.url, page.history, page.text)
    return browser.post(page.url, data={"person": str(user_id(handle))})


@dataclass(frozen=True)
class Running:
    port: int
    data: Path
    printed: str


@pytest.fixture(scope="module")
def running(tmp_path_factory) -> Iterator[Running]:
    """One demo, shared by tests that don't change it."""
    port, data = free_port(), tmp_path_factory.mktemp("demo")
    with demo(port, data, ended_by=signal.SIGTERM) as printed:
        yield Running(port, data, printed)


def test_it_prints_its_address_and_users(running):
    assert f"http://127.0.0.1:{running.port}/" in running.printed
    assert re.search(r"Ada Ahrens +administrator: .+\n", running.printed)
    assert re.search(r"Lea Lead +lead: sees all invitations\n", running.printed)
    assert re.search(r"Anton Auditor +auditor: .+\n", running.printed)


def test_it_says_how_to_start_afresh(running):
    assert f"To start afresh, stop it and delete {running.data}\n" in running.printed


def test_it_begins_with_a_lived_in_workspace(running):
    with browser_at(running.port) as browser:
        assert sign_in(browser, "lea").url.path == "/invitations/"
        assert "Maeve" in browser.get("/invitations/?q=oconnors").text
    with browser_at(running.port) as browser:
        assert sign_in(browser, "anton").url.path == "/audit/"


def test_localhost_redirects_to_127_0_0_1(running):
    answer = httpx.get(f"http://localhost:{running.port}/login/")
    assert answer.headers["Location"] == f"http://127.0.0.1:{running.port}/"


def test_a_worker_runs_beside_it_and_ends_with_it(port, tmp_path):
    with demo(port, tmp_path, "--empty"), closing(sqlite3.connect(tmp_path / "portal.sqlite3")) as database:
        deadline = time.monotonic() + 20
        while not (found := database.execute("SELECT pid FROM invites_workerprocess").fetchall()):
            assert time.monotonic() < deadline
            time.sleep(0.1)
    assert not Path(f"/proc/{found[0][0]}").exists()


def test_only_the_owner_can_read_keys_and_tokens(running):
    with browser_at(running.port) as browser:
        assert sign_in(browser, "ada").url.path == "/invite/"
    for name in ("keys.json", "standin.json"):
        assert (running.data / name).stat().st_mode & 0o777 == 0o600


def test_a_second_start_keeps_data_and_sessions(port, tmp_path):
    with browser_at(port) as browser:
        with demo(port, tmp_path, "--empty") as printed:
            assert "Preparing" in printed
            assert sign_in(browser, "paula").url.path == "/invite/"
        with demo(port, tmp_path) as printed:
            assert "Preparing" not in printed
            page = browser.get("/invite/?task=WEB-12")
    assert page.url.path == "/invite/"
    assert "Write copy" in page.text


def test_what_was_half_made_is_made_anew(port, tmp_path):
    (tmp_path / "portal.sqlite3").write_bytes(b"the beginning of a database")
    with (
        demo(port, tmp_path, "--empty"),
        browser_at(port) as browser,
    ):
        assert sign_in(browser, "anton").url.path == "/audit/"


def test_a_port_in_use_is_reported(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = manage("demo", "--port", port, "--data", tmp_path)
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 1
    assert f"Port {port} cannot be used" in errors
    assert "--port" in errors
    assert "Traceback" not in errors


def test_it_can_be_interrupted_while_starting(port, tmp_path):
    process = manage("demo", "--port", port, "--data", tmp_path)
    while not (tmp_path / "portal.sqlite3").exists():
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, "")
