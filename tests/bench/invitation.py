"""What an invitation takes beyond awork's own time.

    .venv/bin/python -m tests.bench.invitation [--count 100]

Real gunicorn, a stand-in in a process of its own, a temporary database: SQLite, or one on the server of
DATABASE_URL. Each invitation is filled in as the page does it, then timed from the press of *Send
invitation* until its answer is shown; in turn with it the same calls are made to awork directly, on a task
of the same kind.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

import httpx

from portal.standin.environment import API_KEY, BASE
from tests import served

DELAYS = (0, 100)  # milliseconds
# One a row: how many addresses a person may look up in ten minutes is limited.
PEOPLE = ("Paula Petersen", "Mona Mäder", "Ada Ahrens", "Paul O&#x27;Neill")
AIM_MILLISECONDS = 25


@dataclass(frozen=True)
class Sample:
    """One invitation beside the same calls made directly; milliseconds."""

    whole: float
    own: float
    calls: int


class Awork:
    """The stand-in, asked directly."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.http = httpx.Client(
            base_url=root + BASE, headers={"Authorization": f"Bearer {API_KEY}"}, timeout=30
        )
        self.role = next(role["id"] for role in self.get("/roles") if role["isGuestRole"])

    def get(self, path: str, **query: Any) -> Any:
        return self.http.get(path, params=query).raise_for_status().json()

    def post(self, path: str, body: Any) -> None:
        self.http.post(path, json=body).raise_for_status()

    def tasks(self) -> list[Any]:
        """Tasks with a team whose efforts are planned, so that all of it has to be put back."""
        found = self.get("/me/allavailabletasks", page=1, pageSize=1000)
        found = [task for task in found if str(task["taskIdentifier"]).startswith(("WEB-", "APP-"))]
        return [
            task for task in found if any(not one["isDistributedPlannedEffort"] for one in task["assignees"])
        ]

    def count(self) -> int:
        return int(str(served.control(self.root, "count")["count"]))

    def invite(self, task: dict[str, Any], email: str, *, restore: bool) -> None:
        """The calls that the portal makes, and nothing else."""
        path, team = f"/tasks/{task['id']}", task["assignees"]
        self.get(path)
        self.post("/tasks/assignuserbyemail", {"taskId": task["id"], "email": email, "roleId": self.role})
        now = self.get(path)["assignees"]
        if restore:
            self.post(f"{path}/setassignees", [one["id"] for one in [*now, *team]])
            planned = [one for one in team if not one["isDistributedPlannedEffort"]]
            efforts = [{"userId": one["id"], "plannedEffort": one["plannedEffort"]} for one in planned]
            self.post(f"{path}/setplannedefforts", efforts)


class Person:
    """Somebody who is signed in and invites, as the page does."""

    def __init__(self, address: str, role: str, who: str) -> None:
        self.address, self.role = address, role
        self.http = httpx.Client(base_url=address, timeout=60, headers={"Origin": address})
        served.sign_in(self.http, address, who)

    def fill_in(self, task: str, email: str) -> dict[str, str]:
        """The form after task and address were entered."""
        fields = {"task": task, "role": self.role, "email": email, "keep_assignees": "on"}
        page = self.http.get("/invite/", params=fields).raise_for_status().text
        return fields | {name: served.hidden_field(page, name) for name in ("csrfmiddlewaretoken", "key")}

    def press(self, form: dict[str, str]) -> None:
        """Send it and wait for its answer."""
        htmx = {"HX-Request": "true"}
        left = self.http.post("/invite/", data=form, headers=htmx)
        answer = self.http.get(left.headers["Location"], headers=htmx)
        assert 'data-state="sent"' in answer.text, answer.text


def timed(work: Callable[[], None]) -> float:
    """How many milliseconds it takes."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def sample(person: Person, awork: Awork, task: Any, twin: Any, email: str, *, restore: bool) -> Sample:
    form = person.fill_in(task["id"], email)
    before = awork.count()
    whole = timed(lambda: person.press(form))
    calls = awork.count() - before
    return Sample(whole, timed(lambda: awork.invite(twin, f"twin-{email}", restore=restore)), calls)


def invitations(person: Person, awork: Awork, delay: int, count: int, *, replaces: bool) -> list[Sample]:
    """So many invitations, each to a task of its own, as on a day of awork where it always takes `delay`."""
    served.control(awork.root, "set", delay=delay / 1000, replaces=replaces)
    tasks = awork.tasks()
    return [
        sample(
            person,
            awork,
            tasks[2 * number % len(tasks)],
            tasks[(2 * number + 1) % len(tasks)],
            f"guest{number}.{delay}.{int(replaces)}@studio.example",
            restore=replaces,
        )
        for number in range(count)
    ]


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def row(delay: int, samples: list[Sample], *, replaces: bool) -> str:
    beyond = [one.whole - one.own for one in samples]
    calls = "/".join(str(number) for number in sorted({one.calls for one in samples}))
    own, whole = (
        statistics.median(values) for values in zip(*((s.own, s.whole) for s in samples), strict=True)
    )
    middle = statistics.median(beyond)
    it, kept = "replaces" if replaces else "appends", "yes" if middle < AIM_MILLISECONDS else "NO"
    figures = f"{own:9.1f} | {whole:9.1f} | {middle:13.1f} | {p95(beyond):10.1f}"
    return f"| {delay:3} ms | {it:8} | {calls:>5} | {figures} | {kept:4} |"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=100, help="invitations in each row")
    count = parser.parse_args().count
    with served.standin() as root, served.portal(root) as address:
        served.control(root, "set", seats=100_000, per_second=100_000, per_minute=1_000_000)
        awork = Awork(root)
        people = [Person(address, awork.role, who) for who in PEOPLE]
        for number, person in enumerate(people):  # warms both up
            person.press(person.fill_in(awork.tasks()[-1]["id"], f"first{number}@studio.example"))
        print(f"{count} invitations a row; milliseconds; aim: the median beyond awork's own under 25\n")
        print("| awork  | it       | calls | its own   | whole     | beyond median | beyond p95 | kept |")
        rows = product(DELAYS, (True, False))
        for (delay, replaces), person in zip(rows, people, strict=True):
            samples = invitations(person, awork, delay, count, replaces=replaces)
            print(row(delay, samples, replaces=replaces), flush=True)


if __name__ == "__main__":
    main()
