"""How long the pages of a batch of 1,000 lines take, and how large they are.

    .venv/bin/python -m tests.bench.batch_page [--lines 1000] [--requests 30]

On SQLite, or on a database of its own on the server of DATABASE_URL. The requests run in this process, so
neither a server nor a network adds to them. Half of the lines have a result, a tenth of these is refused;
ten batches like this one are in the list.

- **Median**, **slowest**: milliseconds of a request, after one that isn't counted.
- **KB**, **gzip**: the size of the response, as it is and compressed as a proxy does.
- **Statements**: what is asked of the database.
"""

import argparse
import gzip
import time
from collections.abc import Mapping
from statistics import median
from typing import Any

from tests.bench.in_process import Desk, desk

UPDATE = {"HX-Request": "true", "HX-Target": "batch-poll"}
OTHERS = 10  # batches besides


def lines(count: int) -> list[Mapping[str, Any]]:
    """What the lines of a batch are that is half done."""
    half = count // 2
    done = [
        {"state": "refused", "reason": "invalid-operation"} if n % 10 == 0 else {"state": "sent"}
        for n in range(half)
    ]
    return [*done, *[{}] * (count - half)]


def measure(here: Desk, path: str, requests: int, headers: Mapping[str, str]) -> str:
    """The row of one page."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    times = []
    here.client.get(path, headers=headers)
    for _ in range(requests):
        began = time.perf_counter()
        response = here.client.get(path, headers=headers)
        times.append((time.perf_counter() - began) * 1000)
        assert response.status_code == 200
    with CaptureQueriesContext(connection) as captured:
        here.client.get(path, headers=headers)
    sizes = f"{len(response.content) / 1024:5.0f} | {len(gzip.compress(response.content)) / 1024:4.0f}"
    return f"{median(times):6.1f} | {max(times):7.1f} | {sizes} | {len(captured):10}"


def pages(batch: Any) -> dict[str, tuple[str, Mapping[str, str]]]:
    """The address of each page, and the headers to ask with."""
    path = f"/batches/{batch.id}/"
    return {
        "the batch": (path, {}),
        "its failed lines": (f"{path}?state=failed", {}),
        "an update, every 2 s": (path, UPDATE),
        "all batches": ("/batches/", {}),
        "all invitations": ("/invitations/", {}),
        "the page of one line": (f"/invitations/{batch.invitations.first().id}/", {}),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lines", type=int, default=1000, help="of each batch")
    parser.add_argument("--requests", type=int, default=30, help="to each page")
    arguments = parser.parse_args()
    with desk() as here:
        from django.db import connection

        from portal.models import User
        from tests.invites.factories import batch

        paula = User.objects.get(first_name="Paula")
        first, *_ = [batch(paula, lines(arguments.lines)) for _ in range(OTHERS + 1)]
        print(f"on {connection.display_name}")
        print("| page                 | median | slowest |    KB | gzip | statements |")
        for name, (path, headers) in pages(first).items():
            print(f"| {name:20} | {measure(here, path, arguments.requests, headers)} |")


if __name__ == "__main__":
    main()
