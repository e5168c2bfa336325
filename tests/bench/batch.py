"""Batches sent by workers: the share of awork's limit, lines a second without one, and a worker's memory.

    .venv/bin/python -m tests.bench.batch rate [--workers 1] [--disturb]
    .venv/bin/python -m tests.bench.batch speed
    .venv/bin/python -m tests.bench.batch memory [--lines 10000]

A desk and a stand-in awork in processes of their own, on SQLite or on the server of DATABASE_URL. `rate`
sends 1,000 guests to 40 tasks under awork's documented limits; with `--disturb` one of the workers is killed
and one suspended past its lease. `speed` sends without limits, by 1, 2 and 4 workers.
"""

import argparse
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from portal.awork import parse
from tests import served
from tests.faults.running_desk import RunningDesk, running_desk
from tests.faults.workers import count, efforts, invited, is_done, kill, lines_of, start_batch, workers

AIM = 0.95
PER_MINUTE = 1000
UNLIMITED = {"per_second": 1000, "per_minute": 60_000}


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("what", choices=["rate", "speed", "memory"])
    arguments.add_argument("--workers", type=int, default=1)
    arguments.add_argument("--lines", type=int, default=10_000)
    arguments.add_argument("--disturb", action="store_true")
    told = arguments.parse_args()
    with running_desk() as desk:
        served.control(desk.awork, "set", seats=100_000, **UNLIMITED)
        if told.what == "rate":
            return 0 if rate(desk, told.workers, disturb=told.disturb) else 1
        if told.what == "speed":
            speed(desk)
        else:
            memory(desk, told.lines)
    return 0


def task_keys(desk: RunningDesk, number: int) -> list[str]:
    """Tasks that may have several assignees and have some."""
    found = parse.tasks(desk.api.get("/me/allavailabletasks", params={"pageSize": 1000}).json())
    keys = [one.key for one in found if one.key and one.assignees and one.key[:3] not in {"POD", "KEY"}]
    assert len(keys) >= number
    return keys[:number]


def rate(desk: RunningDesk, number: int, *, disturb: bool) -> bool:
    keys = task_keys(desk, 40)
    before = {key: efforts(desk.task(key)) for key in keys}
    start_batch(desk, lines_of(keys, 25))
    time.sleep(60 - time.time() % 60)
    served.control(desk.awork, "set", per_second=50, per_minute=PER_MINUTE)
    received = len(requests(desk))
    began = time.monotonic()
    with workers(desk, number) as running:
        if disturb:
            wait(lambda: count(desk, "sent") >= 300)
            kill(running[0])
            os.kill(running[1].pid, signal.SIGSTOP)
        wait(lambda: count(desk, "queued") == 0)
        seconds = time.monotonic() - began
        calls = len(requests(desk)) - received
        if disturb:
            wait(lambda: is_done(desk), 600)
            os.kill(running[1].pid, signal.SIGCONT)
            time.sleep(5)
        wait(lambda: is_done(desk), 600)
    limited = sum(one["status"] == 429 for one in requests(desk)[received:])
    served.control(desk.awork, "set", **UNLIMITED)
    times = invited(desk)
    complete = sum(
        before[key].items() <= (now := efforts(desk.task(key))).items() and len(now) == len(before[key]) + 25
        for key in keys
    )
    share = calls / (seconds / 60 * PER_MINUTE)
    print("| workers | calls | seconds | of limit | 429 | guests | invited once | tasks complete | again |")
    print("| ------- | ----- | ------- | -------- | --- | ------ | ------------ | -------------- | ----- |")
    again = desk.sql("SELECT COUNT(*) FROM invites_invitation WHERE attempts > 1 OR check_count > 0")[0][0]
    once = sum(number == 1 for number in times.values())
    print(
        f"| {number:7} | {calls:5} | {seconds:7.1f} | {share:8.1%} | {limited:3} | {len(times):6} |"
        f" {once:12} | {complete:14} | {again:5} |"
    )
    return share >= AIM and not limited and once == len(times) == 1000 and complete == 40


def speed(desk: RunningDesk) -> None:
    print("| workers | lines | seconds | lines/s |\n| ------- | ----- | ------- | ------- |")
    keys = task_keys(desk, 120)
    for turn, number in enumerate((1, 2, 4)):
        mine = keys[turn * 40 : turn * 40 + 40]
        start_batch(desk, lines_of(mine, 10))
        began = time.monotonic()
        with workers(desk, number):
            wait(lambda: is_done(desk))
            seconds = time.monotonic() - began
        print(f"| {number:7} | {400:5} | {seconds:7.1f} | {400 / seconds:7.1f} |", flush=True)


def memory(desk: RunningDesk, lines: int) -> None:
    keys = task_keys(desk, 200)
    print("| lines | MB |\n| ----- | -- |")
    with workers(desk) as (worker,):
        sent = 0
        while sent < lines:
            some = [(key, f"{sent}.{email}") for key, email in lines_of(keys, 5)]
            start_batch(desk, some)
            wait(lambda: is_done(desk), 900)
            sent += len(some)
            print(f"| {sent:5} | {resident(worker.pid):.0f} |", flush=True)


def resident(pid: int) -> float:
    """MB of memory of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2


def requests(desk: RunningDesk) -> list[dict[str, Any]]:
    told: Any = served.control(desk.awork, "requests")
    return list(told["requests"])


def wait(holds: Any, seconds: float = 600) -> None:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise SystemExit("it took too long")
        time.sleep(0.2)


if __name__ == "__main__":
    sys.exit(main())
