"""What the count of *Needs attention* costs, which is on every page, and the page of that name.

    .venv/bin/python -m tests.bench.attention [--guests 10000] [--invitations 200000] [--requests 30]

On SQLite, or on a database of its own on the server of DATABASE_URL. The requests run in this process, so
neither a server nor a network adds to them. Each figure is the fastest of all requests, in milliseconds.

- **Count**: all kinds of items together, one statement.
- **Kinds**: one kind alone, so that a slow one shows.
- **Page**: `/attention/`, with the count.
"""

import argparse
import time
from collections.abc import Callable
from typing import Any

from tests.bench.guests import add
from tests.bench.in_process import desk

STATES = ("sent",) * 90 + ("refused",) * 8 + ("not_sent", "unclear")
ASSIGNEES = ("kept",) * 50 + ("restored",) * 30 + ("replaced",) * 9 + ("not_restored",) + ("untouched",) * 10
WHEN_SETTLED = "sent"


def add_invitations(inviter: Any, number: int) -> None:
    """So many invitations besides those of the guests, with one in a hundred unclear or not sent."""
    from datetime import timedelta

    from invites.models import Invitation
    from portal import clock
    from tests.invites.factories import new_fields

    rows = []
    for one in range(number):
        at = clock.now() - timedelta(minutes=one * 5)
        fields = new_fields(
            inviter,
            email=f"invited{one}@creative.example",
            created_at=at,
            attempted_at=at,
            state=STATES[one % len(STATES)],
            assignees_state=ASSIGNEES[one % len(ASSIGNEES)],
        )
        rows.append(Invitation(**fields))
    Invitation.objects.bulk_create(rows, batch_size=1000)


def fastest(ask: Callable[[], object], requests: int) -> float:
    """The fastest of so many, in milliseconds."""
    times = []
    for _ in range(requests):
        began = time.perf_counter()
        ask()
        times.append((time.perf_counter() - began) * 1000)
    return min(times)


def measure(here: Any, user: Any, requests: int) -> None:
    """Print a row for the present state of the database."""
    from invites.attention import registry

    print(f"| {user.role:13} | count | {fastest(lambda: registry.counts(user), requests):8.1f} |")
    for source in registry.SOURCES:
        rows = source.rows(user).order_by().values("pk")[: registry.COUNTED]
        milliseconds = fastest(lambda rows=rows: list(rows.all()), requests)  # type: ignore[misc]
        print(f"| {user.role:13} | {source.kind} | {milliseconds:8.1f} |")
    print(f"| {user.role:13} | page | {fastest(lambda: here.client.get('/attention/'), requests):8.1f} |")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--guests", type=int, default=10_000)
    parser.add_argument("--invitations", type=int, default=200_000)
    parser.add_argument("--requests", type=int, default=30, help="to each")
    arguments = parser.parse_args()
    with desk() as here:
        from django.db import connection

        from portal.models import User

        paula = User.objects.get(first_name="Paula")
        add(paula, 0, arguments.guests)
        add_invitations(paula, arguments.invitations)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        print(f"on {connection.display_name}, {arguments.guests} guests, {arguments.invitations} invitations")
        _each_role(here, paula, arguments.requests)
        print("all settled:")
        _settle()
        _each_role(here, paula, arguments.requests)


def _each_role(here: Any, user: Any, requests: int) -> None:
    for role in ("manager", "lead"):
        type(user).objects.filter(pk=user.pk).update(role=role)
        user.refresh_from_db()
        measure(here, user, requests)


def _settle() -> None:
    """Nothing needs attention any more, which is when a count reads the most."""
    from invites.models import Guest, Invitation

    Invitation.objects.exclude(state="refused").update(state=WHEN_SETTLED)
    Invitation.objects.filter(assignees_state="not_restored").update(assignees_state="restored")
    Guest.objects.update(state="joined")


if __name__ == "__main__":
    main()
