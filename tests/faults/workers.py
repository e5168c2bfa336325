"""Batches in a running desk, and workers as processes that can be killed, stopped and continued."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests import served
from tests.faults.running_desk import RunningDesk

DONE_SECONDS = 60


def start_batch(desk: RunningDesk, lines: list[tuple[str, str]]) -> None:
    """Start a batch of Paula's: pairs of a task's key and an address."""
    run_module(desk, "tests.faults.start_batch", json.dumps(lines))


def run_module(desk: RunningDesk, name: str, text: str = "") -> None:
    """Run a module of the tests with the desk's environment, and this text on its standard input."""
    done = subprocess.run(
        [sys.executable, "-m", name],
        cwd=served.HERE,
        env=desk.env | {"DJANGO_SETTINGS_MODULE": "portal.settings"},
        input=text,
        text=True,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def lines_of(keys: list[str], guests: int) -> list[tuple[str, str]]:
    """So many guests for each task, the tasks mixed."""
    return [(key, f"guest{number}.{key.lower()}@studio.example") for number in range(guests) for key in keys]


@contextmanager
def workers(desk: RunningDesk, count: int = 1) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Run so many `manage.py work` for the block."""
    command = [sys.executable, "manage.py", "work"]
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    running = [subprocess.Popen(command, cwd=served.HERE, env=desk.env, **quiet) for _ in range(count)]
    try:
        yield running
    finally:
        for process in running:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
        for process in running:
            process.wait(30)


def kill(process: subprocess.Popen[bytes]) -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.wait(10)


def count(desk: RunningDesk, state: str) -> int:
    """How many lines of the last batch have this state."""
    last = "SELECT id FROM invites_batch ORDER BY created_at DESC LIMIT 1"
    of_state = f"SELECT COUNT(*) FROM invites_invitation WHERE state = '{state}'"
    return int(desk.sql(f"{of_state} AND batch_id = ({last})")[0][0])


def wait_until(holds: Any, seconds: float = DONE_SECONDS) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.05)


def is_done(desk: RunningDesk) -> bool:
    """Whether all batches are done and nobody's assignees are left to restore."""
    running = desk.sql("SELECT COUNT(*) FROM invites_batch WHERE state = 'running'")[0][0]
    open_rows = desk.sql(
        "SELECT COUNT(*) FROM invites_invitation WHERE state IN ('queued', 'requested', 'unclear')"
        " OR assignees_state IN ('deferred', 'unchecked', 'not_restored')"
    )[0][0]
    return not running and not open_rows


def invited(desk: RunningDesk) -> dict[str, int]:
    """How often each address was invited, as awork received it."""
    requests: Any = served.control(desk.awork, "requests")["requests"]
    sent: dict[str, int] = {}
    for one in requests:
        if one["path"].endswith("assignuserbyemail"):
            sent[one["body"]["email"]] = sent.get(one["body"]["email"], 0) + 1
    return sent


def efforts(task: dict[str, Any]) -> dict[str, Any]:
    """Who is assigned, with the planned effort."""
    return {
        one["id"]: None if one["isDistributedPlannedEffort"] else one["plannedEffort"]
        for one in task["assignees"]
    }
