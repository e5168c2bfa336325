"""The desk as it is installed: another user, code that can't be written to, a Unix socket behind a TLS proxy.

All state is in one folder, where settings say.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests import served
from tests.deploy import steps

pytestmark = pytest.mark.xdist_group("installed")  # they share the server
PUBLIC = "https://invite.studio.example"
NOBODY = 65534
CODE = ("portal", "invites", "templates", "static", "deploy", "manage.py", "pyproject.toml")


def as_another_user():
    """What runs a command as another user, if tests run as root; that user may need help to read Python."""
    if os.geteuid():
        return []
    change = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    for capabilities in ("-all", "-all,+dac_read_search"):
        options = [f"--{name}={capabilities}" for name in ("inh-caps", "ambient-caps", "bounding-set")]
        tried = subprocess.run(
            [*change, *options, sys.executable, "-c", ""], check=False, capture_output=True
        )
        if not tried.returncode:
            return [*change, *options]
    return pytest.skip("no other user can run Python here")


@contextmanager
def read_only_code():
    """A copy of the code, as an operator would install it."""
    tree = Path(tempfile.mkdtemp())
    for name in CODE:
        copy = shutil.copytree if (served.HERE / name).is_dir() else shutil.copy2
        copy(served.HERE / name, tree / name)
    set_modes(tree, 0o555, 0o444)
    try:
        yield tree
    finally:
        set_modes(tree, 0o755, 0o644)
        shutil.rmtree(tree)


def set_modes(tree, folders, files):
    for path in (tree, *tree.rglob("*")):
        path.chmod(folders if path.is_dir() else files)


@contextmanager
def state_folder():
    """The only folder that the desk's user can write to."""
    folder = Path(tempfile.mkdtemp())
    if not os.geteuid():
        os.chown(folder, NOBODY, NOBODY)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


class Desk:
    """An installation with its settings."""

    def __init__(self, installed, env, socket):
        self.installed, self.env, self.socket = installed, env, socket

    def browser(self):
        """A new browser, which comes through a proxy with TLS."""
        proxy = served.Proxy("http://invite.studio.example", socket=self.socket)
        return httpx.Client(base_url=PUBLIC, mounts={PUBLIC: proxy}, timeout=30, headers={"Origin": PUBLIC})

    def manage(self, *command):
        done = served.run(["manage.py", *command], self.env, installed=self.installed)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def serve(self):
        server = [*served.GUNICORN, "--bind", f"unix:{self.socket}"]
        return served.serving(server, self.env, "http://localhost/livez", self.socket, self.installed)


@pytest.fixture(scope="module")
def desk(standin_server_of_session):
    standin_server_of_session.reset()
    with read_only_code() as code, state_folder() as state, served.database() as database:
        own_database = f"sqlite:///{state}/portal.sqlite3"
        env = served.production_environment(
            PUBLIC,
            standin_server_of_session.root,
            DATABASE_URL=own_database if database.startswith("sqlite") else database,
            STATIC_ROOT=str(state / "static"),
        )
        desk = Desk(served.Installation(code, as_another_user()), env, str(state / "web.socket"))
        desk.manage("migrate", "-v0")
        desk.manage("collectstatic", "--no-input", "-v0")
        with desk.serve():
            yield desk
            if not os.geteuid():
                assert {path.stat().st_uid for path in state.rglob("*")} == {NOBODY}


def test_its_user_cannot_change_the_code(desk):
    done = served.run(["-c", "open('manage.py', 'a')"], desk.env, installed=desk.installed)
    assert "PermissionError" in done.stderr


def test_pages_and_worker_send_invitations(desk, standin_server_of_session):
    with desk.browser() as browser:
        assert browser.get("/readyz").text == "ok"
        served.sign_in(browser, PUBLIC)
        steps.invite(browser, "carla@kunde.example")
        batch = steps.queue(browser, "dora@kunde.example")
        assert "invitations sent: 1\n" in desk.manage("work", "--once")
        assert 'data-state="sent"' in browser.get(batch).text
    assert standin_server_of_session.count("POST", "assignuserbyemail") == 2


def test_the_proxy_on_the_socket_is_believed_about_https_and_the_client(desk):
    with desk.browser() as browser:
        shown = browser.get("/login/")
        sent = [
            browser.get("/login/callback/", params={"state": "x"}, headers={"X-Forwarded-For": address})
            for address in ["203.0.113.7"] * 61 + ["203.0.113.8"]
        ]
    assert shown.status_code == 200  # and no redirect to itself
    assert "max-age" in shown.headers["Strict-Transport-Security"]
    assert "Secure" in shown.headers["Set-Cookie"]
    assert [answer.status_code for answer in sent[-3:]] == [302, 429, 302]
