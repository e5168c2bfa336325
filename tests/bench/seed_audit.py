"""Fills an audit log with events that could be real: `python -m tests.bench.seed_audit 1000000`.

The database is that of DATABASE_URL (default: var/bench.sqlite3), migrated first. The chain, the digests,
the words and the checkpoints are all as the portal would have written them.
"""

import os
import random
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

BENCH = Path(__file__).resolve().parent.parent.parent / "var" / "bench.sqlite3"
WORKSPACE = UUID("11111111-1111-4111-8111-111111111111")
START = datetime(2024, 1, 1, tzinfo=UTC)
BETWEEN = timedelta(seconds=95)  # a million events in three years
CHUNK = 5000
PERSON = ("event", "position", "kind", "salt", "awork_id", "email", "first_name", "last_name", "gender")
FIRST = [
    "Ada",
    "Ben",
    "Carla",
    "David",
    "Elif",
    "Franz",
    "Gül",
    "Hanna",
    "Ivo",
    "Jana",
    "Kofi",
    "Lena",
    "Mats",
    "Nora",
    "Omar",
    "Paula",
    "Quint",
    "Rosa",
]
LAST = [
    "Adler",
    "Bär",
    "Costa",
    "Dürr",
    "Ek",
    "Fuchs",
    "Groß",
    "Huber",
    "Ito",
    "Jung",
    "Klee",
    "Lang",
    "Moser",
    "Novak",
    "Okoro",
    "Peters",
    "Roth",
]
TASKS = "Write Review Draw Test Plan Translate Ship Order".split()  # noqa: SIM905
THINGS = "copy logo landing-page menu poster video budget Größe newsletter".split()  # noqa: SIM905
PROJECTS = "Website App Campaign Shop Fair Intranet".split()  # noqa: SIM905
ROLES = ("Guest", "Freelancer", "Member")


def prepare() -> None:
    """Django on the database of the benchmark, migrated."""
    os.environ.setdefault("DATABASE_URL", f"sqlite:///{BENCH}")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def one_id(number: int, kind: int) -> str:
    """An id that is the same in every run."""
    return str(UUID(int=(kind << 64) + number + (4 << 76)))


class Seeder:
    """Goes on at the end of the chain of `WORKSPACE`."""

    def __init__(self) -> None:
        from invites.audit.chain import GENESIS
        from invites.audit.models import Event

        self.random = random.Random(7)
        last = Event.objects.order_by("-id").first()
        self.sequence, self.hash = (last.sequence, last.hash) if last else (0, GENESIS)
        self.id = last.id if last else 0
        self.at = last.at if last else START

    def events(self) -> Iterator[dict[str, Any]]:
        """Four events for each invitation, one sign-in for each fourth."""
        number = self.sequence // 4
        while True:
            number += 1
            kinds = ["invitation-requested", "invitation-sent", "team-kept"]
            if number % 20 == 0:
                kinds[1] = "invitation-refused"
            yield from self.action(number, kinds if number % 4 else ["signed-in", *kinds])

    def action(self, number: int, kinds: list[str]) -> Iterator[dict[str, Any]]:
        inviter, task = self.random.randrange(40), self.random.randrange(2000)
        guest, correlation = self.guest(number // 2), one_id(number, 1)
        for kind in kinds:
            about = self.about(number, task) if kind != "signed-in" else {}
            yield self.event(kind, inviter, correlation, guest if about else None, about)

    def guest(self, number: int) -> dict[str, Any]:
        first, last = FIRST[number % len(FIRST)], LAST[number // 7 % len(LAST)]
        email = f"{first}.{last}.{number}@kunde.example".lower()
        known = {"first_name": first, "last_name": last, "gender": "", "awork_id": one_id(number, 2)}
        return {"email": email, "kind": "guest", "address": "", "agent": "", **known}

    def about(self, number: int, task: int) -> dict[str, Any]:
        project = task % len(PROJECTS)
        return {
            "invitation": one_id(number, 3),
            "task_id": one_id(task, 4),
            "task_key": f"{PROJECTS[project][:3].upper()}-{task}",
            "task_name": f"{TASKS[task % 8]} {THINGS[task % 9]} {task}",
            "project_id": one_id(project, 5),
            "project_name": PROJECTS[project],
            "role_id": one_id(number % 3, 6),
            "role_name": ROLES[number % 3],
        }

    def event(
        self, kind: str, inviter: int, correlation: str, guest: dict[str, Any] | None, about: dict[str, Any]
    ) -> dict[str, Any]:
        from invites.audit.chain import link
        from invites.audit.fields import canonical

        self.sequence += 1
        self.id += 1
        self.at += BETWEEN * self.random.random() * 2
        outcome = kind.split("-")[1] if about and kind != "invitation-requested" else ""
        salt = self.random.randbytes(32)
        name = f"{FIRST[inviter % len(FIRST)]} {LAST[inviter % len(LAST)]}"
        body = {
            "actor_email": f"{name.split()[0].lower()}{inviter}@nordlicht.example",
            "actor_id": one_id(inviter, 7),
            "actor_name": name,
            "address": f"192.0.2.{inviter}",
            "agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140",
            "at": f"{self.at:%Y-%m-%dT%H:%M:%S.%fZ}",
            "correlation": correlation,
            "details": {},
            "exchange": self.exchange(kind),
            "invitation": None,
            "outcome": outcome,
            "people": [sha256(salt + canonical(guest).encode()).hexdigest()] if guest else [],
            **dict.fromkeys(("project_id", "role_id", "task_id")),
            **dict.fromkeys(("project_name", "role_name", "task_key", "task_name"), ""),
            "sequence": self.sequence,
            "type": kind,
            "workspace": str(WORKSPACE),
            **about,
        }
        previous, self.hash = self.hash, link(self.hash, canonical(body).encode())
        return {
            "body": body | {"id": self.id, "previous": previous, "hash": self.hash},
            "person": guest and guest | {"event": self.id, "position": 0, "salt": salt.hex()},
        }

    def exchange(self, kind: str) -> dict[str, Any] | None:
        if kind not in {"invitation-sent", "invitation-refused"}:
            return None
        code, status = ("", 200) if kind == "invitation-sent" else ("insufficient-seats", 400)
        trace = f"{self.random.getrandbits(128):032x}"
        asked = {"method": "POST", "path": "/tasks/assignuserbyemail", "milliseconds": 180}
        return asked | {"status": status, "code": code, "trace_id": trace}


def words_of(event: dict[str, Any]) -> list[str]:
    """What `invites.audit.search` would index."""
    from invites.audit.search import mark
    from portal.search import words

    body, person = event["body"], event["person"] or {}
    parts = [body[name] for name in ("actor_name", "actor_email", "task_key", "task_name", "project_name")]
    parts += [(body["exchange"] or {}).get("trace_id", "")]
    parts += [person.get(name, "") for name in ("first_name", "last_name", "email")]
    return [*words(" ".join(parts)), mark(WORKSPACE)]


def columns(row: dict[str, Any]) -> dict[str, Any]:
    """A row by the names of its columns."""
    from invites.audit.chain import ATTRIBUTES

    return {ATTRIBUTES.get(name, name): value for name, value in row.items()}


def stored(body: dict[str, Any]) -> dict[str, Any]:
    """A body as its table takes it."""
    from invites.audit.fields import canonical

    parts = {name: canonical(body[name]) for name in ("details", "people")}
    return columns(body) | parts | {"exchange": canonical(body["exchange"]) if body["exchange"] else None}


def sqlite_value(name: str, value: Any) -> Any:
    """A canonical value as Django's SQLite backend stores it."""
    if value and (name.endswith("_id") or name in {"request_id", "invitation", "workspace"}):
        return value.replace("-", "")
    return f"{value[:10]} {value[11:-1]}" if name == "at" else value


def write(events: list[dict[str, Any]]) -> None:
    """Store a part of the chain in one transaction."""
    from django.db import connection, transaction

    from invites.audit import search
    from invites.audit.checkpoints import INTERVAL, sign
    from invites.audit.models import Checkpoint

    bodies = [stored(event["body"]) for event in events]
    people = [event["person"] for event in events if event["person"]]
    people = [columns(one) for one in people]
    key = search.KEY[connection.vendor]
    documents = [{key: one["body"]["id"], "document": search.stored(words_of(one))} for one in events]
    with transaction.atomic():
        insert(connection, "audit_event", bodies)
        insert(connection, "audit_person", people)
        insert(connection, search.TABLE, documents)
        due = [body for body in bodies if body["sequence"] % INTERVAL == 0]
        signed = [(one["sequence"], sign(WORKSPACE, one["sequence"], one["hash"])) for one in due]
        Checkpoint.objects.bulk_create(
            Checkpoint(workspace=WORKSPACE, sequence=sequence, line=line) for sequence, line in signed
        )


def insert(connection: Any, table: str, rows: list[dict[str, Any]]) -> None:
    """Many rows at once, past the models."""
    names = list(rows[0])
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            places = ", ".join(["%s"] * len(names))
            values = ([sqlite_value(name, row[name]) for name in names] for row in rows)
            cursor.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})", values)
            return
        with cursor.copy(f"COPY {table} ({', '.join(names)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(list(row.values()))


def finish() -> None:
    """What a database that has grown slowly would have done by itself."""
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for table in ("audit_event", "audit_person"):
                column = f"pg_get_serial_sequence('{table}', 'id')"
                cursor.execute(f"SELECT setval({column}, (SELECT max(id) FROM {table}))")
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def seed(count: int) -> None:
    """Append events until there are `count`; whole actions, so a few more."""
    seeder = Seeder()
    events = seeder.events()
    begun, before = time.perf_counter(), seeder.sequence
    while seeder.sequence < count:
        write(list(islice(events, min(CHUNK, count - seeder.sequence))))
        rate = (seeder.sequence - before) / (time.perf_counter() - begun)
        print(f"\r{seeder.sequence:,} events, {rate:,.0f} a second", end="", file=sys.stderr)
    print(file=sys.stderr)
    finish()


if __name__ == "__main__":
    prepare()
    seed(int(sys.argv[1].replace("_", "").replace(",", "")))
