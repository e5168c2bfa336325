"""The whole desk as processes that can be killed: gunicorn, a stand-in and a database of its own."""

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


class Desk:
    """A portal that is killed and started again on the same database; `who` is signed in."""

    def __init__(self, awork: str, database: str) -> None:
        self.awork, self.database, self.port = awork, database, served.free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.told = served.production(self.address, awork, DATABASE_URL=database)
        self.browser = httpx.Client(base_url=self.address, timeout=60, headers={"Origin": self.address})
        self.api = httpx.Client(base_url=awork + BASE, headers={"Authorization": f"Bearer {API_KEY}"})
        self.running: Any = None
        self.process: Any = None

    def start(self) -> None:
        """Serve, as the README says."""
        command = [*served.SERVER, "--bind", f"127.0.0.1:{self.port}"]
        self.running = served.serving(command, self.told, f"{self.address}/healthz")
        self.process = self.running.__enter__()

    def processes(self) -> list[int]:
        """The server and all its workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [self.process.pid, *map(int, children)]

    def kill(self) -> None:
        """kill -9 of the server and all its workers."""
        for pid in self.processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.running.__exit__(None, None, None)

    @contextmanager
    def full_disk(self) -> Iterator[None]:
        """Not a byte more fits into any file of the server's."""
        hard = resource.RLIM_INFINITY
        for pid in self.processes():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, hard))
        try:
            yield
        finally:
            for pid in self.processes():
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """Look into the database beside the portal, or let time pass there."""
        if self.database.startswith("sqlite"):
            with sqlite3.connect(self.database.removeprefix("sqlite:///"), timeout=20) as file:
                return file.execute(statement).fetchall()
        with psycopg.connect(self.database) as server:
            done = server.execute(statement)  # type: ignore[arg-type]
            return done.fetchall() if done.description else []

    def last(self, what: str) -> Any:
        """A column of the newest invitation; None where there is none."""
        rows = self.sql(f"SELECT {what} FROM invites_invitation ORDER BY created_at DESC LIMIT 1")
        return rows[0][0] if rows else None

    def wait_for(self, task: str, step: str) -> None:
        """Until sending has come to this step for the task."""
        key = task.replace("-", "") if self.database.startswith("sqlite") else task
        end = time.monotonic() + ROW_SECONDS
        asked = f"SELECT step FROM invites_invitation WHERE task_id = '{key}' AND state = 'requested'"
        while self.sql(asked) != [(step,)]:
            assert time.monotonic() < end, f"never came to {step}"
            time.sleep(0.02)

    def let_time_pass(self) -> None:
        """The lease of the dead process and its claims run out, and awork had its time."""
        past = "'2020-01-01 00:00:00+00:00'"
        self.sql(f"UPDATE portal_namedlock SET expires_at = {past}")
        self.sql(
            f"UPDATE invites_invitation SET lease_expires_at = {past} WHERE lease_expires_at IS NOT NULL"
        )
        self.sql(f"UPDATE invites_invitation SET next_check_at = {past} WHERE next_check_at IS NOT NULL")
        self.sql(
            f"UPDATE invites_invitation SET attempted_at = {past} WHERE state IN ('requested', 'unclear')"
        )

    def task(self, key: str) -> dict[str, Any]:
        """The task as awork has it."""
        found: dict[str, Any] = self.api.get(f"/tasks/key/{key}").raise_for_status().json()
        return found

    def form(self, task: str, email: str) -> dict[str, str]:
        """The form, filled in."""
        page = self.browser.get("/invite/", params={"task": task, "email": email}).raise_for_status().text
        roles = self.api.get("/roles").json()
        return {
            "task": task,
            "email": email,
            "keep_assignees": "on",
            "role": next(one["id"] for one in roles if one["isGuestRole"]),
            **{name: served.hidden(page, name) for name in ("csrfmiddlewaretoken", "key")},
        }

    def invited(self, email: str) -> int:
        """How many invitations of this address reached awork."""
        requests: Any = served.switch(self.awork, "requests")["requests"]
        return sum(
            one["path"].endswith("assignuserbyemail") and one["body"]["email"] == email for one in requests
        )


@contextmanager
def desk(**standin: Any) -> Iterator[Desk]:
    """A desk that serves, with Paula signed in."""
    with served.standin(**standin) as awork, served.database() as database:
        one = Desk(awork, database)
        served.prepare(one.told)
        one.start()
        try:
            served.sign_in(one.browser, one.address)
            yield one
        finally:
            one.kill()
