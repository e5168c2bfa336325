"""The first command of the README, as a process of its own: it starts, signs people in, ends, remembers."""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from portal.standin.cast import who

HERE = Path(__file__).resolve().parents[4]


def manage(*arguments: object) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "manage.py", *map(str, arguments)],
        cwd=HERE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def demo(port: int, data: Path, ended_by: int = signal.SIGINT) -> Iterator[str]:
    """A running demo; gives what it printed."""
    process = manage("demo", "--port", port, "--data", data)
    try:
        printed = ""
        while "Ctrl-C" not in printed:
            line = process.stdout.readline()
            assert line, process.stderr.read()
            printed += line
        yield printed
    finally:
        process.send_signal(ended_by)
        _, complaints = process.communicate(timeout=20)
        print(complaints)
    assert process.returncode == 0, complaints
    assert "Traceback" not in complaints


def sign_in(browser: httpx.Client, handle: str) -> httpx.Response:
    """The button, awork's page, and back."""
    button = browser.get("/login/")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', button.text)[1]
    page = browser.post("/login/", data={"csrfmiddlewaretoken": token})
    assert "stand-in" in page.text, (page.url, page.history, page.text)
    return browser.post(page.url, data={"person": str(who(handle))})


def test_it_says_where_it_is_and_whom_one_can_be(port, tmp_path):
    with demo(port, tmp_path, signal.SIGTERM) as printed:
        assert f"http://127.0.0.1:{port}/" in printed
        assert re.search(r"Ada Ahrens +administrator\n", printed)
        assert re.search(r"Paula Petersen +manager without role rights\n", printed)


def test_a_second_start_finds_its_data_and_the_session_goes_on(port, tmp_path):
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", follow_redirects=True) as browser:
        with demo(port, tmp_path):
            assert sign_in(browser, "paula").url.path == "/invite/"
        with demo(port, tmp_path):
            again = browser.get("/invite/?task=WEB-12")
    assert again.url.path == "/invite/"
    assert "Write copy" in again.text


def test_whoever_comes_by_another_name_is_led_to_the_one_that_signs_in(port, tmp_path):
    with demo(port, tmp_path):
        answer = httpx.get(f"http://localhost:{port}/login/")
    assert answer.headers["Location"] == f"http://127.0.0.1:{port}/"


def test_a_taken_port_is_said_plainly(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = manage("demo", "--port", port, "--data", tmp_path)
        _, said = process.communicate(timeout=20)
    assert process.returncode == 1
    assert f"Port {port} cannot be used" in said
    assert "--port" in said
    assert "Traceback" not in said


def test_the_keys_and_the_tokens_are_for_their_owner_only(port, tmp_path):
    with (
        demo(port, tmp_path),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", follow_redirects=True) as browser,
    ):
        sign_in(browser, "ada")
    for name in ("keys.json", "standin.json"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
