"""Runs the portal and the stand-in as separate processes: real gunicorn, settings from the environment."""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
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
INHERITED = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV", "PGHOST", "PGPORT", "PGUSER", "PGPASSWORD")
README_COMMAND = re.search(r"/gunicorn (portal\.wsgi .*) --bind", (HERE / "README.md").read_text())
STATIC = tempfile.TemporaryDirectory(prefix="desk-static-")  # of this test process, removed at its end
GUNICORN = ["-m", "gunicorn", *(README_COMMAND[1].split() if README_COMMAND else [])]  # as the README says


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def clean_environment(**variables: str) -> dict[str, str]:
    """Only these variables, and what every process needs."""
    return {name: os.environ[name] for name in INHERITED if name in os.environ} | variables


@dataclass(frozen=True)
class Installation:
    """Where the desk's code is, and what goes before each command, such as a change of user."""

    tree: Path = HERE
    prefix: Sequence[str] = ()


OWN = Installation()


def run(
    arguments: list[str], env: dict[str, str], seconds: float = 60, installed: Installation = OWN
) -> subprocess.CompletedProcess[str]:
    """Run Python with these arguments until it exits."""
    return subprocess.run(
        [*installed.prefix, sys.executable, *arguments],
        cwd=installed.tree,
        env=env,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


@contextmanager
def serving(
    arguments: list[str],
    env: dict[str, str],
    address: str,
    socket: str | None = None,
    installed: Installation = OWN,
    log: Path | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a Python process that serves `address`, on this Unix socket if given; wait until it responds.

    What it prints goes to `log`, if given.
    """
    with log.open("w+b") if log else tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            [*installed.prefix, sys.executable, *arguments],
            cwd=installed.tree,
            env=env,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait(process, address, socket)
            yield process
        except BaseException:
            output.seek(0)
            sys.stderr.write(output.read().decode(errors="replace")[-4000:])
            raise
        finally:
            process.terminate()
            process.wait(10)


def _wait(process: subprocess.Popen[bytes], address: str, socket: str | None) -> None:
    end = time.monotonic() + START_SECONDS
    # One client: each would load all certificates anew.
    with httpx.Client(transport=httpx.HTTPTransport(uds=socket), timeout=2) as client:
        while time.monotonic() < end and process.poll() is None:
            with suppress(httpx.HTTPError):
                client.get(address)
                return
            time.sleep(0.05)
    raise RuntimeError(f"{address} does not respond")


@contextmanager
def standin(*, delay: int = 0, tasks: int = 2000) -> Iterator[str]:
    """Run the stand-in and yield its root URL; `delay` is in milliseconds before each response."""
    port = free_port()
    root = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as data:
        options = ["--port", str(port), "--delay", str(delay), "--tasks", str(tasks), "--data", data]
        with serving(["manage.py", "standin", *options], clean_environment(), f"{root}/standin/"):
            yield root


def control(root: str, action: str, **arguments: object) -> dict[str, object]:
    """Call the stand-in's control API."""
    response = httpx.post(f"{root}/standin/control/{action}", json=arguments, timeout=30)
    response.raise_for_status()
    result: dict[str, object] = response.json()
    return result


@contextmanager
def database() -> Iterator[str]:
    """A temporary database: on the PostgreSQL server of DATABASE_URL if that is set, else SQLite."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        with tempfile.TemporaryDirectory() as directory:
            yield f"sqlite:///{directory}/portal.sqlite3"
        return
    name = f"served_{uuid4().hex[:12]}"
    admin = urlsplit(url)._replace(path="/postgres").geturl()
    with psycopg.connect(admin, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield urlsplit(url)._replace(path=f"/{name}").geturl()
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def production_environment(url: str, awork: str, **more: str) -> dict[str, str]:
    """The environment of a production portal at `url` that uses the stand-in at `awork`."""
    variables = {
        **fresh_keys(),
        "PORTAL_URL": url,
        "AWORK_API_URL": f"{awork}{BASE}",
        "AWORK_API_KEY": API_KEY,
        "AWORK_WORKSPACES": str(MAIN),
        "STATIC_ROOT": STATIC.name,
    }
    return clean_environment(**(variables | more))


def manage(env: dict[str, str], *arguments: str) -> None:
    """Run a management command; raise RuntimeError if it fails."""
    done = run(["manage.py", *arguments], env)
    if done.returncode:
        raise RuntimeError(done.stderr)


def prepare(env: dict[str, str]) -> None:
    """Migrate and, once for each test process, collect static files, as the README says."""
    manage(env, "migrate", "-v0")
    if not any(Path(STATIC.name).iterdir()):
        manage(env, "collectstatic", "--no-input", "-v0")


@contextmanager
def gunicorn(env: dict[str, str], port: int, log: Path | None = None) -> Iterator[str]:
    """Serve the portal as the README says, and yield its address; its log lines go to `log`."""
    address = f"http://127.0.0.1:{port}"
    with serving([*GUNICORN, "--bind", f"127.0.0.1:{port}"], env, f"{address}/healthz", log=log):
        yield address


@contextmanager
def portal(awork: str, **more: str) -> Iterator[str]:
    """Run a portal on a fresh database over plain http, and yield its address."""
    port = free_port()
    with database() as database_url:
        env = production_environment(f"http://127.0.0.1:{port}", awork, DATABASE_URL=database_url, **more)
        prepare(env)
        with gunicorn(env, port) as address:
            yield address


class Proxy(httpx.BaseTransport):
    """A TLS proxy in front of the portal: accepts https and sets X-Forwarded-Proto."""

    def __init__(self, address: str, *, drops_port: bool = False, socket: str | None = None) -> None:
        self.upstream = urlsplit(address)
        self.drops_port = drops_port
        self.transport = httpx.HTTPTransport(uds=socket)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        upstream = request.url.copy_with(scheme="http", host=self.upstream.hostname, port=self.upstream.port)
        headers = {**request.headers, "X-Forwarded-Proto": request.url.scheme}
        if self.drops_port:
            headers["host"] = request.url.host
        return self.transport.handle_request(
            httpx.Request(request.method, upstream, headers=headers, content=request.read())
        )


def hidden_field(page: str, name: str) -> str:
    """The value of a hidden form field."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found, f"the page has no field {name}"
    return found[1]


def sign_in(browser: httpx.Client, address: str, who: str = "Paula Petersen") -> None:
    """Sign in: the portal's button, awork's page, and back to the form."""
    shown = browser.get(f"{address}/login/")
    sent = {"csrfmiddlewaretoken": hidden_field(shown.text, "csrfmiddlewaretoken")}
    left = browser.post(f"{address}/login/", data=sent, headers={"Origin": address})
    assert left.status_code == 302, left.text
    people = browser.get(left.headers["Location"]).text
    chosen = re.search(rf'value="([^"]+)">\s*<strong>{who}</strong>', people)
    assert chosen, people
    back = browser.post(left.headers["Location"], data={"person": chosen[1]})
    landed = browser.get(back.headers["Location"])
    assert landed.headers["Location"] == "/invite/", landed.headers
