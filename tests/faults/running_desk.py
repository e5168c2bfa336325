"""The desk as processes that can be killed: gunicorn, a stand-in and a temporary database."""

import os
import resource
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import psycopg

from portal.standin.environment import API_KEY, BASE
from tests import served

ROW_SECONDS = 20


class RunningDesk:
    """A portal that can be killed and restarted on the same database; `browser` is signed in as Paula."""

    def __init__(self, awork: str, database: str) -> None:
        self.awork, self.database, self.port = awork, database, served.free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.env = served.production_environment(self.address, awork, DATABASE_URL=database)
        self.browser = httpx.Client(base_url=self.address, timeout=60, headers={"Origin": self.address})
        self.api = httpx.Client(base_url=awork + BASE, headers={"Authorization": f"Bearer {API_KEY}"})
        self.running: Any = None
        self.process: Any = None

    def start(self) -> None:
        """Start gunicorn as the README says."""
        command = [*served.GUNICORN, "--bind", f"127.0.0.1:{self.port}"]
        self.running = served.serving(command, self.env, f"{self.address}/healthz")
        self.process = self.running.__enter__()

    def processes(self) -> list[int]:
        """The server and all its workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [self.process.pid, *map(int, children)]

    def kill(self) -> None:
        """kill -9 the server and all its workers."""
        for pid in self.processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.running.__exit__(None, None, None)

    @contextmanager
    def full_disk(self) -> Iterator[None]:
        """Make every write of the server to a file fail."""
        hard = resource.RLIM_INFINITY
        for pid in self.processes():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, hard))
        try:
            yield
        finally:
            for pid in self.processes():
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement on the portal's database, past the portal."""
        if self.database.startswith("sqlite"):
            with sqlite3.connect(self.database.removeprefix("sqlite:///"), timeout=20) as file:
                return file.execute(statement).fetchall()
        with psycopg.connect(self.database) as server:
            done = server.execute(statement)  # type: ignore[arg-type]
            return done.fetchall() if done.description else []

    def latest(self, column: str) -> Any:
        """A column of the newest invitation, or None."""
        rows = self.sql(f"SELECT {column} FROM invites_invitation ORDER BY created_at DESC LIMIT 1")
        return rows[0][0] if rows else None

    def wait_for(self, task: str, step: str) -> None:
        """Wait until sending has reached this step for the task."""
        key = task.replace("-", "") if self.database.startswith("sqlite") else task
        end = time.monotonic() + ROW_SECONDS
        query = f"SELECT step FROM invites_invitation WHERE task_id = '{key}' AND state = 'requested'"
        while self.sql(query) != [(step,)]:
            assert time.monotonic() < end, f"never reached {step}"
            time.sleep(0.02)

    def expire_leases(self) -> None:
        """Expire the dead process's locks and leases, and make all checks due."""
        past = "'2020-01-01 00:00:00+00:00'"
        self.sql(f"UPDATE portal_namedlock SET expires_at = {past}")
        self.sql(f"UPDATE invites_dutyrun SET due_at = {past}")
        for column in ("lease_expires_at", "next_check_at", "attempted_at"):
            self.sql(f"UPDATE invites_ending SET {column} = {past} WHERE {column} IS NOT NULL")
        self.sql(
            f"UPDATE invites_invitation SET lease_expires_at = {past} WHERE lease_expires_at IS NOT NULL"
        )
        self.sql(f"UPDATE invites_invitation SET next_check_at = {past} WHERE next_check_at IS NOT NULL")
        self.sql(
            f"UPDATE invites_invitation SET attempted_at = {past} WHERE state IN ('requested', 'unclear')"
        )

    def task(self, key: str) -> dict[str, Any]:
        """The task in awork."""
        found: dict[str, Any] = self.api.get(f"/tasks/key/{key}").raise_for_status().json()
        return found

    def form(self, task: str, email: str) -> dict[str, str]:
        """The fields of a completed invitation form."""
        page = self.browser.get("/invite/", params={"task": task, "email": email}).raise_for_status().text
        roles = self.api.get("/roles").json()
        return {
            "task": task,
            "email": email,
            "keep_assignees": "on",
            "role": next(one["id"] for one in roles if one["isGuestRole"]),
            **{name: served.hidden_field(page, name) for name in ("csrfmiddlewaretoken", "key")},
        }

    def invitations_received(self, email: str) -> int:
        """The number of invitations to this address that reached awork."""
        requests: Any = served.control(self.awork, "requests")["requests"]
        return sum(
            one["path"].endswith("assignuserbyemail") and one["body"]["email"] == email for one in requests
        )


@contextmanager
def running_desk(**standin: Any) -> Iterator[RunningDesk]:
    """Run a desk with Paula signed in."""
    with served.standin(**standin) as awork, served.database() as database:
        one = RunningDesk(awork, database)
        served.prepare(one.env)
        one.start()
        try:
            served.sign_in(one.browser, one.address)
            yield one
        finally:
            one.kill()
