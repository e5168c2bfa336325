"""The portal and the stand-in as processes of their own: real gunicorn, settings from the environment."""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import psycopg
from psycopg import sql

from portal.standin.environment import API_KEY, BASE, fresh_keys
from portal.standin.seed import MAIN

HERE = Path(__file__).resolve().parent.parent
START_SECONDS = 30
KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV", "PGHOST", "PGPORT", "PGUSER", "PGPASSWORD")
SAID = re.search(r"/gunicorn (portal\.wsgi .*) --bind", (HERE / "README.md").read_text())
STATIC = tempfile.TemporaryDirectory(prefix="desk-static-")  # of this test process, removed at its end
SERVER = ["-m", "gunicorn", *(SAID[1].split() if SAID else [])]  # as the README says


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def environment(**told: str) -> dict[str, str]:
    """Nothing but what is told, and what any process needs."""
    return {name: os.environ[name] for name in KEPT if name in os.environ} | told


def run(arguments: list[str], told: dict[str, str], seconds: float = 60) -> subprocess.CompletedProcess[str]:
    """Run Python with these arguments to its end."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=HERE,
        env=told,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


@contextmanager
def serving(arguments: list[str], told: dict[str, str], address: str) -> Iterator[subprocess.Popen[bytes]]:
    """A Python process that serves `address`, from the moment that it answers."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [sys.executable, *arguments], cwd=HERE, env=told, stdout=said, stderr=subprocess.STDOUT
        )
        try:
            _wait(process, address)
            yield process
        except BaseException:
            said.seek(0)
            sys.stderr.write(said.read().decode(errors="replace")[-4000:])
            raise
        finally:
            process.terminate()
            process.wait(10)


def _wait(process: subprocess.Popen[bytes], address: str) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        with suppress(httpx.HTTPError):
            httpx.get(address, timeout=2)
            return
        time.sleep(0.05)
    raise RuntimeError(f"{address} does not answer")


@contextmanager
def standin(*, delay: int = 0, tasks: int = 2000) -> Iterator[str]:
    """The stand-in's root address; `delay` in milliseconds before each answer."""
    port = free_port()
    root = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as data:
        options = ["--port", str(port), "--delay", str(delay), "--tasks", str(tasks), "--data", data]
        with serving(["manage.py", "standin", *options], environment(), f"{root}/standin/"):
            yield root


def switch(root: str, verb: str, **arguments: object) -> dict[str, object]:
    """Press one of the stand-in's switches."""
    answer = httpx.post(f"{root}/standin/control/{verb}", json=arguments, timeout=30)
    answer.raise_for_status()
    told: dict[str, object] = answer.json()
    return told


@contextmanager
def database() -> Iterator[str]:
    """A database of its own, gone afterwards: on DATABASE_URL's server if that is set, else SQLite."""
    given = os.environ.get("DATABASE_URL", "")
    if not given.startswith("postgres"):
        with tempfile.TemporaryDirectory() as directory:
            yield f"sqlite:///{directory}/portal.sqlite3"
        return
    name = f"served_{uuid4().hex[:12]}"
    admin = urlsplit(given)._replace(path="/postgres").geturl()
    with psycopg.connect(admin, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield urlsplit(given)._replace(path=f"/{name}").geturl()
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def production(url: str, awork: str, **more: str) -> dict[str, str]:
    """The environment of a portal at `url`, whose awork is the stand-in at the root `awork`."""
    told = {
        **fresh_keys(),
        "PORTAL_URL": url,
        "AWORK_API_URL": f"{awork}{BASE}",
        "AWORK_API_KEY": API_KEY,
        "AWORK_WORKSPACES": str(MAIN),
        "STATIC_ROOT": STATIC.name,
    }
    return environment(**(told | more))


def manage(told: dict[str, str], *arguments: str) -> None:
    """Run a command of manage.py; raises where it fails."""
    done = run(["manage.py", *arguments], told)
    if done.returncode:
        raise RuntimeError(done.stderr)


def prepare(told: dict[str, str]) -> None:
    """Migrate and, once for each test process, collect static files, as the README says."""
    manage(told, "migrate", "-v0")
    if not any(Path(STATIC.name).iterdir()):
        manage(told, "collectstatic", "--no-input", "-v0")


@contextmanager
def gunicorn(told: dict[str, str], port: int) -> Iterator[str]:
    """The portal as the README serves it; yields the address it listens at."""
    address = f"http://127.0.0.1:{port}"
    with serving([*SERVER, "--bind", f"127.0.0.1:{port}"], told, f"{address}/healthz"):
        yield address


@contextmanager
def portal(awork: str, **more: str) -> Iterator[str]:
    """A prepared portal on a fresh database, by plain http on this machine; yields its address."""
    port = free_port()
    with database() as kept:
        told = production(f"http://127.0.0.1:{port}", awork, DATABASE_URL=kept, **more)
        prepare(told)
        with gunicorn(told, port) as address:
            yield address


class Proxy(httpx.BaseTransport):
    """The proxy in front of the portal: takes https for its public name and says so."""

    def __init__(self, address: str) -> None:
        self.behind = urlsplit(address)
        self.wire = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        behind = request.url.copy_with(scheme="http", host=self.behind.hostname, port=self.behind.port)
        headers = {**request.headers, "X-Forwarded-Proto": request.url.scheme}
        return self.wire.handle_request(
            httpx.Request(request.method, behind, headers=headers, content=request.read())
        )


def hidden(page: str, name: str) -> str:
    """The value of a hidden field of a page."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found, f"there is no field {name}"
    return found[1]


def sign_in(browser: httpx.Client, address: str, who: str = "Paula Petersen") -> None:
    """The whole round: the portal's button, awork's page, and back to the form."""
    shown = browser.get(f"{address}/login/")
    sent = {"csrfmiddlewaretoken": hidden(shown.text, "csrfmiddlewaretoken")}
    left = browser.post(f"{address}/login/", data=sent, headers={"Origin": address})
    assert left.status_code == 302, left.text
    people = browser.get(left.headers["Location"]).text
    chosen = re.search(rf'value="([^"]+)">\s*<strong>{who}</strong>', people)
    assert chosen, people
    back = browser.post(left.headers["Location"], data={"person": chosen[1]})
    landed = browser.get(back.headers["Location"])
    assert landed.headers["Location"] == "/invite/", landed.headers
