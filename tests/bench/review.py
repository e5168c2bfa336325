"""What `/reviews/<id>/` costs with 200 guests of a sponsor among 10,000, beside 200 alone, and by keyboard.

    .venv/bin/python -m tests.bench.review [--guests 10000] [--requests 10]

On SQLite, or on a database of its own on the server of DATABASE_URL. The requests run in this process. The
sponsor looks, a lead looks at the guests of the sponsor, and the sponsor confirms all 200 with one form.

- **Few**, **many**: milliseconds of the fastest of all requests, of the confirmation the only one.
- **Ratio**: many guests to 200.
- **Statements**: what is asked of the database.

By keyboard, each guest takes two key presses (`tests/browser/test_review.py`): 400 for 200 guests.
"""

import argparse
import re
import time
from collections.abc import Callable
from typing import Any

from tests.bench.guests import add
from tests.bench.in_process import Desk, desk

OWN = 200
ADDED = 250  # of which a fifth have ended


def measure(run: Callable[[], Any], requests: int) -> tuple[float, int]:
    """The fastest in milliseconds, and the statements of the last."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    times = []
    for _ in range(requests):
        with CaptureQueriesContext(connection) as captured:
            began = time.perf_counter()
            assert run().status_code in {200, 302}
            times.append((time.perf_counter() - began) * 1000)
    return min(times), len(captured)


def of_review(here: Desk, lead: Any, sponsor: Any, requests: int) -> dict[str, tuple[float, int]]:
    """What each step costs with the guests that there are now, in a review of their own."""
    from django.test import Client

    from invites.models import Review
    from portal.models import User
    from tests.invites.factories import review

    Review.objects.update(state="closed")
    asked = review(User.objects.get(first_name="Ada"))
    path, leads = asked.get_absolute_url(), Client()
    leads.force_login(lead)
    found = {
        "sponsor": measure(lambda: here.client.get(path), requests),
        "lead": measure(lambda: leads.get(f"{path}?sponsor={sponsor.pk}"), requests),
        "list": measure(lambda: leads.get("/reviews/"), requests),
    }
    page = here.client.get(path).content.decode()
    answers = dict.fromkeys(re.findall(r'name="(answer-\d+)"', page), "confirmed")
    assert len(answers) == OWN
    found["confirm"] = measure(lambda: here.client.post(path, answers), 1)
    assert asked.items.filter(decision="confirmed").count() == OWN
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--guests", type=int, default=10_000)
    parser.add_argument("--requests", type=int, default=10, help="to each page")
    arguments = parser.parse_args()
    with desk() as here:
        from django.db import connection

        from portal.models import User
        from tests.invites.factories import person

        paula = User.objects.get(first_name="Paula")
        lead = person("Lea Lead", paula.workspace.name, role="lead")
        add(paula, 0, ADDED)
        few = of_review(here, lead, paula, arguments.requests)
        add(lead, ADDED, arguments.guests)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        many = of_review(here, lead, paula, arguments.requests)
        print(f"on {connection.display_name}, {OWN} of {OWN} guests and of {arguments.guests}")
        print("| page     | few, ms | many, ms | ratio | statements |")
        for name, (milliseconds, statements) in many.items():
            before = few[name][0]
            times = f"{before:7.1f} | {milliseconds:8.1f} | {milliseconds / before:5.2f}"
            print(f"| {name:8} | {times} | {statements:10} |")


if __name__ == "__main__":
    main()
