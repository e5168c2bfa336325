"""How often awork is asked what has become of guests, and how soon a join shows.

    .venv/bin/python -m tests.bench.refresh [--guests 1000]

On SQLite, or on a database of its own on the server of DATABASE_URL; the stand-in is asked by real HTTP. An
administrator who is signed in may list users.

- **Requests**: to awork, in as many runs of the workers' duty as all guests take, one for each 1,000. Aim:
  two for each 1,000 guests.
- **Join**: after how many seconds a join shows that awork has delivered, at the latest: the period of the
  duty, and what a run takes.
"""

import argparse
import json
import time
from datetime import timedelta
from math import ceil
from typing import Any
from urllib.parse import urlsplit

from tests.bench.in_process import Desk, desk

AIM_REQUESTS, AIM_SECONDS = 2, 60


def add(here: Desk, sponsor: Any, number: int) -> None:
    """So many guests whom the sponsor has invited, one every ten minutes."""
    from dataclasses import replace

    from portal import clock
    from tests.invites import factories

    world = here.standin.world
    world.workspaces[here.standin.workspace] = replace(world.workspaces[here.standin.workspace], seats=number)
    inviter, role = world.person("paula"), world.role("guest")
    for one in range(number):
        email = f"listed{one}@creative.example"
        user = world.invite(inviter, email, role, {})
        at = clock.now() - timedelta(minutes=10 * one)
        world.change(user, created_on=at)
        sent = factories.invitation(sponsor, email=email, attempted_at=at)
        factories.guest(sponsor, of=sent, awork_id=user.id, state="unchecked", invited_at=at)


def run(here: Desk, guests: int) -> tuple[int, int, float]:
    """The runs of the duty: how many guests it asked about, with how many requests, in how many seconds."""
    from invites.guests.refresh import refresh_due

    here.standin.requests.clear()
    began = time.perf_counter()
    checked = sum(refresh_due(lambda: True) for _ in range(ceil(guests / 1000)))
    return checked, len(here.standin.requests), time.perf_counter() - began


def join(here: Desk) -> float:
    """A guest accepts, and what awork delivers makes the next run find out; returns the run's seconds."""
    from invites.models import AworkUpdates, Guest
    from tests.receiver import receiving

    with receiving() as receiver:
        administrator = here.sign_in(who="ada")
        administrator.post("/awork-updates/connect/")
        (webhook,) = here.standin.world.webhooks.values()
        here.standin.world.webhooks[webhook.id] = _to(webhook, receiver.url)
        here.standin.world.accept_invitation(here.standin.world.person("listed7@creative.example"))
        here.standin.deliveries.wait()
        (body,) = receiver.bodies
    secret = webhook.authentication.partition("=")[2]
    path = urlsplit(webhook.uri).path
    answer = administrator.post(
        path, json.loads(body), content_type="application/json", headers={"X-Desk-Secret": secret}
    )
    assert answer.status_code == 204
    assert AworkUpdates.objects.get().delivered_at
    checked, _, seconds = run(here, 1)
    assert checked == 1
    assert Guest.objects.get(email="listed7@creative.example").state == "joined"
    return seconds


def _to(webhook: Any, url: str) -> Any:
    from dataclasses import replace

    return replace(webhook, uri=url)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--guests", type=int, default=1000)
    number = parser.parse_args().guests
    with desk() as here:
        from invites.guests.refresh import PERIOD
        from invites.models import Guest
        from portal import clock
        from portal.models import User

        add(here, User.objects.get(first_name="Paula"), number)
        for round in ("first", "an hour later"):
            Guest.objects.update(next_check_at=clock.now() - timedelta(seconds=1))
            checked, requests, seconds = run(here, number)
            kept = checked == number and requests <= AIM_REQUESTS * ceil(number / 1000)
            print(f"{round}: {checked} guests, {requests} requests, {seconds:.1f} s: {_verdict(kept)}")
        latest = PERIOD.total_seconds() + join(here)
        print(f"join after a delivery: {latest:.1f} s at the latest: {_verdict(latest <= AIM_SECONDS)}")


def _verdict(kept: bool) -> str:
    return "kept" if kept else "NOT KEPT"


if __name__ == "__main__":
    main()
