"""How near to awork's limits 200 invitations come: no 429 taken, 95 % of the permitted rate or better.

    .venv/bin/python -m tests.bench.rate [--count 200] [--threads 12]

A stand-in in a process of its own with the documented limits (50 requests a second, 1,000 a minute), and
the portal's own services on a temporary database: SQLite, or one on the server of DATABASE_URL. Before it
starts, a minute is let begin anew: 200 invitations of five calls take all of it. Each row is one way that
awork may behave: it appends the guest (three calls an invitation) or replaces the team (five).
"""

import argparse
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests import environment, served  # noqa: F401

AIM = 0.95
PER_SECOND = 50


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--count", type=int, default=200)
    arguments.add_argument("--threads", type=int, default=12)
    told = arguments.parse_args()
    with served.standin() as awork, served.database() as database:
        os.environ |= {"DATABASE_URL": database, "AWORK_API_URL": f"{awork}/standin/api/v1"}
        prepare()
        print(f"{told.count} invitations, {told.threads} at a time, limit {PER_SECOND} requests a second\n")
        print("| awork    | calls | seconds | calls/s | of limit | 429 | outside awork | aim  |")
        print("| -------- | ----- | ------- | ------- | -------- | --- | ------------- | ---- |")
        kept = [measure(awork, told.count, told.threads, replaces=replaces) for replaces in (False, True)]
    return 0 if all(kept) else 1


def prepare() -> None:
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    import logging

    from django.core.management import call_command

    logging.disable(logging.INFO)
    call_command("migrate", verbosity=0)


def measure(awork: str, count: int, threads: int, *, replaces: bool) -> bool:
    """One row; whether the aim was reached."""
    from portal.awork import http, timeouts

    at_awork = stopwatch(http, "_request")
    waiting = stopwatch(timeouts.WaitBudget, "sleep")
    served.control(awork, "reset")
    served.control(awork, "set", replaces=replaces, seats=10_000)
    client, invitations, inviter = wanted(count, "replaces" if replaces else "appends")
    time.sleep(61 - time.time() % 60)  # a minute that nothing was taken from yet
    http.rate_limiter.reset()
    spent: list[float] = []
    before = len(received(awork))
    at_awork.clear()
    waiting.clear()
    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda invitation: one(invitation, client, inviter, spent), invitations))
    seconds = time.perf_counter() - began
    calls = received(awork)[before:]
    outside = 1 - (sum(at_awork) + sum(waiting)) / sum(spent)
    limited = sum(call["status"] == 429 for call in calls)
    permitted = len(calls) / PER_SECOND
    share = permitted / seconds
    kept = share >= AIM and not limited
    print(
        f"| {'replaces' if replaces else 'appends ':8} | {len(calls):5} | {seconds:7.1f} | "
        f"{len(calls) / seconds:7.1f} | {share:8.1%} | {limited:3} | {outside:13.1%} | "
        f"{'yes' if kept else 'NO':4} |",
        flush=True,
    )
    return kept


def received(awork: str) -> list[dict[str, Any]]:
    """What the stand-in was asked."""
    told: Any = served.control(awork, "requests")
    return list(told["requests"])


def stopwatch(module: Any, name: str) -> list[float]:
    """How long each call of this function takes, from now on."""
    taken: list[float] = []
    work = getattr(module, name)
    work = getattr(work, "measured", work)

    def timed(*arguments: Any) -> Any:
        began = time.perf_counter()
        try:
            return work(*arguments)
        finally:
            taken.append(time.perf_counter() - began)

    timed.measured = work  # type: ignore[attr-defined]
    setattr(module, name, timed)
    return taken


def wanted(count: int, name: str) -> tuple[Any, list[Any], Any]:
    """A client, an unsaved invitation to each of so many tasks with a team, and its inviter."""
    from django.conf import settings

    from portal.awork.client import Client, FixedToken
    from portal.models import User, Workspace
    from portal.standin.environment import API_KEY
    from tests.invites.factories import new_invitation

    settings.AWORK_API_URL = os.environ["AWORK_API_URL"]
    client = Client(FixedToken(API_KEY))
    me, tasks = client.me(), client.available_tasks(top=1000)
    guest = next(role for role in client.roles() if role.is_guest)
    workspace, _ = Workspace.objects.get_or_create(id=me.workspace.id, defaults={"name": me.workspace.name})
    inviter, _ = User.objects.get_or_create(awork_id=me.user.id, defaults={"workspace": workspace})
    chosen = [task for task in tasks if any(not one.distributed for one in task.assignees)][:count]
    assert len(chosen) == count
    invitations = [
        new_invitation(inviter, task, guest, email=f"guest{number}.{name}@studio.example")
        for number, task in enumerate(chosen)
    ]
    return client, invitations, inviter


def one(invitation: Any, client: Any, inviter: Any, spent: list[float]) -> None:
    """Write one invitation down and send it."""
    from django.db import connection

    from invites.sending import send as sending
    from invites.sending.create import create
    from portal.actor import for_system

    by = for_system(inviter.workspace_id)
    began = time.perf_counter()
    try:
        create(invitation, by=by)
        sending.send(invitation, client, by=by)
    finally:
        connection.close()
    assert invitation.state == "sent", (invitation.state, invitation.reason)
    spent.append(time.perf_counter() - began)


if __name__ == "__main__":
    sys.exit(main())
