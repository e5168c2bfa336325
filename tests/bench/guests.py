"""What `/guests/` costs with many guests, beside what it costs with few.

    .venv/bin/python -m tests.bench.guests [--guests 10000] [--requests 30]

On SQLite, or on a database of its own on the server of DATABASE_URL. The requests run in this process, so
neither a server nor a network adds to them. A lead looks, who sees all guests.

- **Few**, **many**: milliseconds of the fastest of all requests, which other programs disturb least.
- **Ratio**: many guests to 100.
- **Statements**: what is asked of the database.
"""

import argparse
import time
from datetime import timedelta
from typing import Any

from tests.bench.in_process import Desk, desk

FEW = 100
PATHS = {
    "all": "/guests/",
    "pending": "/guests/?state=pending",
    "by name": "/guests/?sort=guest",
    "search": "/guests/?q=guest1",
    "page 2": "/guests/?before={position}",
}
STATES = ("joined", "joined", "joined", "pending", "ended")


def add(sponsor: Any, first: int, last: int) -> None:
    """Guests with these numbers, one an hour, each with an invitation."""
    from uuid import UUID

    from invites.models import Guest, Invitation
    from portal import clock
    from tests.invites.factories import new_fields

    invitations = []
    for number in range(first, last):
        fields = new_fields(
            sponsor,
            email=f"guest{number}@creative.example",
            first_name=f"Guest{number}",
            project_id=UUID(int=number % 40),
            project_name=f"Project {number % 40}",
        )
        invitations.append(Invitation(**fields))
    for one in invitations:
        one.set_words()
    Invitation.objects.bulk_create(invitations, batch_size=1000)
    guests = []
    for number, one in enumerate(invitations, first):
        at = clock.now() - timedelta(hours=number % 4000)
        guests.append(
            Guest(
                workspace_id=sponsor.workspace_id,
                invitation=one,
                sponsor=sponsor,
                invited_at=at,
                state_since=at,
                next_check_at=clock.now(),
                state=STATES[number % len(STATES)],
                email=one.email,
                email_key=one.email_key,
                first_name=one.first_name,
                last_name=one.last_name,
            )
        )
        guests[-1].set_words()
    Guest.objects.bulk_create(guests, batch_size=1000)


def measure(here: Desk, requests: int) -> dict[str, tuple[float, int]]:
    """The fastest in milliseconds and the number of statements of each page."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from invites.models import Guest
    from invites.views.guests import NEWEST, PAGES

    last = Guest.objects.order_by("-invited_at", "-id")[29]
    found = {}
    for name, path in PATHS.items():
        path = path.format(position=PAGES[NEWEST].position(last))
        times = []
        here.client.get(path)
        for _ in range(requests):
            began = time.perf_counter()
            assert here.client.get(path).status_code == 200
            times.append((time.perf_counter() - began) * 1000)
        with CaptureQueriesContext(connection) as captured:
            here.client.get(path)
        found[name] = min(times), len(captured)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--guests", type=int, default=10_000)
    parser.add_argument("--requests", type=int, default=30, help="to each page")
    arguments = parser.parse_args()
    with desk() as here:
        from django.db import connection

        from portal.models import User

        User.objects.filter(first_name="Paula").update(role="lead")
        paula = User.objects.get(first_name="Paula")
        add(paula, 0, FEW)
        few = measure(here, arguments.requests)
        add(paula, FEW, arguments.guests)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        many = measure(here, arguments.requests)
        print(f"on {connection.display_name}, {FEW} and {arguments.guests} guests")
        print("| page     | few, ms | many, ms | ratio | statements |")
        for name, (milliseconds, statements) in many.items():
            before = few[name][0]
            times = f"{before:7.1f} | {milliseconds:8.1f} | {milliseconds / before:5.2f}"
            print(f"| {name:8} | {times} | {statements:10} |")


if __name__ == "__main__":
    main()
