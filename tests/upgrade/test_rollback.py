"""The previous release and this one on the same database, at the same time and one after the other."""

import re
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.management import call_command

from invites.audit import verify
from invites.models import Invitation
from portal.awork.tokens import client_for
from portal.models import User
from portal.standin.environment import API_KEY
from tests import served
from tests.deploy import steps
from tests.environment import PINNED
from tests.served import HERE, Installation
from tests.upgrade import previous

pytestmark = pytest.mark.django_db(transaction=True)  # for the restored backup
KEYS = {name: PINNED[name] for name in ("SECRET_KEY", "TOKEN_KEYS", "AUDIT_KEY")}
ADMINISTRATOR = "Ada Ahrens"
FUTURE = "from-the-future"


@pytest.fixture(scope="module")
def old_code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The code of the previous release."""
    try:
        return previous.extract(tmp_path_factory.mktemp("previous"))
    except previous.NoHistory as problem:
        pytest.skip(f"no commit of release {previous.VERSION} here: {problem}")


class Releases:
    """Both releases behind one origin, on one database; `browser` is an administrator's."""

    def __init__(self, standin, old_code: Path, database: str, folder: Path, running: ExitStack) -> None:
        self.standin, self.running = standin, running
        self.code = {"old": Installation(old_code), "new": Installation()}
        self.port = {name: served.free_port() for name in self.code}
        self.origin = f"http://127.0.0.1:{self.port['old']}"
        env = served.production_environment(self.origin, standin.root, DATABASE_URL=database, **KEYS)
        self.env = {"old": env | {"STATIC_ROOT": str(folder / "static")}, "new": env}
        self.processes: list[Any] = []
        options: Any = {"cookies": CookieJar(), "headers": {"Origin": self.origin}, "timeout": 60}
        self.browser = {name: httpx.Client(base_url=self.url(name), **options) for name in self.code}
        roles = httpx.get(f"{standin.url}/roles", headers={"Authorization": f"Bearer {API_KEY}"}).json()
        self.role = next(one["id"] for one in roles if one["isGuestRole"])

    def prepare(self, name: str, *events: str) -> None:
        """Migrate with this release's code, and record events of these types."""
        self.run(name, str(HERE / "tests/upgrade/prepare.py"), *events)

    def run(self, name: str, *command: str) -> None:
        """Run Python with this release's code."""
        env = self.env[name] | {"PYTHONPATH": ".", "DJANGO_SETTINGS_MODULE": "portal.settings"}
        done = served.run([*command], env, installed=self.code[name])
        assert done.returncode == 0, done.stderr

    def start(self, name: str) -> None:
        """Serve this release."""
        command = [*served.GUNICORN, "--bind", f"127.0.0.1:{self.port[name]}"]
        serving = served.serving(command, self.env[name], self.url(name), installed=self.code[name])
        self.processes.append(self.running.enter_context(serving))

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.port[name]}"

    def get(self, name: str, path: str) -> str:
        """The text of a page of this release."""
        page = self.browser[name].get(path).raise_for_status().text
        return page.replace("<wbr>", "")

    def form(self, name: str, guest: str) -> dict[str, str]:
        """The invitation form of this release, filled in."""
        task = str(self.standin.world.task("WEB-12").id)
        page = self.browser[name].get("/invite/", params={"task": task, "email": guest}).text
        hidden = {field: served.hidden_field(page, field) for field in ("csrfmiddlewaretoken", "key")}
        return {"task": task, "email": guest, "keep_assignees": "on", "role": self.role, **hidden}

    def send(self, name: str, form: dict[str, str]) -> None:
        """Send the form to this release, which says that the invitation was sent."""
        answer = self.browser[name].post("/invite/", data=form)
        assert answer.status_code == 302, answer.text
        shown = self.get(name, answer.headers["Location"].removeprefix(self.origin))
        assert re.search(r'data-state="(\w+)"', shown)[1] == "sent"

    def verify(self, name: str) -> None:
        """Press *Verify now* in this release, which says that all chains are intact."""
        token = {"csrfmiddlewaretoken": self.browser[name].cookies["csrftoken"]}
        assert self.browser[name].post("/audit/verify/", data=token).status_code == 302
        page = self.get(name, "/audit/")
        assert "Verified up to event" in page
        assert f"did something unknown to this portal ({FUTURE})" in page


@pytest.fixture
def releases(standin, old_code, tmp_path) -> Iterator[Releases]:
    with ExitStack() as running:
        database = running.enter_context(served.database())
        both = Releases(standin, old_code, database, tmp_path, running)
        yield both
        for process in both.processes:
            process.send_signal(signal.SIGQUIT)  # faster than one after the other


def test_the_previous_release_goes_on_while_and_after_this_one_upgrades_its_database(releases, tmp_path):
    releases.prepare("old")
    releases.start("old")
    served.sign_in(releases.browser["old"], releases.origin, ADMINISTRATOR)
    releases.send("old", releases.form("old", "before@creative.example"))
    releases.run("old", "manage.py", "backup", str(tmp_path / "desk.backup"))
    opened = releases.form("old", "upgraded@creative.example")

    releases.prepare("new", FUTURE)
    releases.send("old", releases.form("old", "meanwhile@creative.example"))
    releases.start("new")
    assert "before@creative.example" in releases.get("new", "/invitations/")
    releases.send("new", opened)
    releases.verify("new")

    releases.send("old", releases.form("new", "rolled-back@creative.example"))
    steps.queue(releases.browser["new"], "queued@creative.example")
    releases.run("old", "manage.py", "work", "--once")
    releases.verify("old")
    with httpx.Client(timeout=60) as browser:
        served.sign_in(browser, releases.url("new"))  # awork sends her back to the old one
    for name in ("old", "new"):
        assert releases.get(name, "/readyz") == "ok"
        page = releases.get(name, "/invitations/?state=sent")
        for guest in ("before", "meanwhile", "upgraded", "rolled-back", "queued"):
            assert f"{guest}@creative.example" in page
    releases.verify("new")

    call_command("restore", tmp_path / "desk.backup", replace=True)
    assert Invitation.objects.get().email == "before@creative.example"
    ada = User.objects.get()
    assert client_for(ada).me().user.id == ada.awork_id
    assert verify.verify(ada.workspace_id, []).problem is None
