"""Measures the log of one database, the one of DATABASE_URL; prints JSON. `tests.bench.audit` runs it."""

# ruff: noqa: E402  (Django is set up before the models can be imported)

import json
import os
import resource
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from uuid import uuid4

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.admin_settings"

import django

django.setup()

from django.db import connection, transaction
from django.test import Client

from invites.audit import verify
from invites.audit.catalogue import EventType
from invites.audit.filters import BY_TIME
from invites.audit.models import Event, Person
from invites.audit.record import record
from invites.audit.snapshot import Snapshot
from portal.actor import Actor
from portal.models import User, Workspace
from tests.bench.seed_audit import WORKSPACE

TIMES, SECONDS, WRITERS = 15, 5.0, 8
ACTOR = Actor(WORKSPACE, uuid4(), "Bench", "bench@nordlicht.example", "192.0.2.1", "bench")


def client():
    """Signed in as an administrator of the seeded workspace."""
    workspace, _ = Workspace.objects.get_or_create(id=WORKSPACE, defaults={"name": "Bench"})
    here = {"workspace": workspace, "role": "administrator", "first_name": "Bench"}
    user, _ = User.objects.update_or_create(
        awork_id=WORKSPACE,
        defaults=here | {"confirmed_at": datetime.max.replace(tzinfo=UTC)},  # there is no awork to ask
    )
    found = Client()
    found.force_login(user)
    return found


def cases():
    """For each case the portal's address and that of the same question in the admin."""
    count = Event.objects.count()
    middle = Event.objects.get(workspace=WORKSPACE, sequence=count // 2)
    guest = Person.objects.get(event=Person.objects.filter(event__gte=middle.id).first().event)
    begin = middle.at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    end = (begin + timedelta(days=32)).replace(day=1)
    month = f"from={begin:%Y-%m-%d}&to={end - timedelta(days=1):%Y-%m-%d}"
    admin_month = f"at__gte={begin:%Y-%m-%d}&at__lt={end:%Y-%m-%d}"
    trace = Event.objects.filter(id__gt=middle.id, type="invitation-sent").first().exchange["trace_id"]
    events, people = "/admin/audit/event/", "/admin/audit/person/"
    return {
        "first page": ("/audit/", events),
        "page in the middle": (f"/audit/?before={BY_TIME.position(middle)}", f"{events}?p={count // 100}"),
        "one guest": (f"/audit/?guest={guest.email}", f"{people}?q={guest.email}"),
        "a month": (f"/audit/?{month}", f"{events}?{admin_month}"),
        "words: a guest": (f"/audit/?q={guest.email}", None),
        "words: a task": ("/audit/?q=web-1200", f"{events}?q=web-1200"),
        "words: common": ("/audit/?q=landing+page", f"{events}?q=landing-page"),
        "words: two": ("/audit/?q=carla+budget", f"{events}?q=carla+budget"),
        "words: a trace id": (f"/audit/?q={trace}", None),
    }


def milliseconds(browser, address, times):
    """The median time of a page."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        response = browser.get(address)
        taken.append((time.perf_counter() - begun) * 1000)
        assert response.status_code == 200, (address, response.status_code)
    return statistics.median(taken)


def pages():
    browser, found = client(), {}
    for name, (ours, theirs) in cases().items():
        browser.get(ours)
        found[name] = milliseconds(browser, ours, TIMES)
        found[f"admin: {name}"] = milliseconds(browser, theirs, 3) if theirs else None
    return found | {"picture of all days": milliseconds(browser, "/audit/histogram/", TIMES)}


def memory():
    """Now, in MB; and the most so far."""
    now = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20
    return now, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10


def export():
    """The whole log as JSON lines: seconds, and MB above what the process had after a page."""
    browser = client()
    browser.get("/audit/")
    idle, _ = memory()
    begun, worked, size, count = time.perf_counter(), time.process_time(), 0, 0
    for part in browser.get("/audit/export.jsonl").streaming_content:
        size += len(part)
        count += part.count(b"\n")
    return {
        "export: seconds": time.perf_counter() - begun,
        "exported events a second of one core": count / (time.process_time() - worked),
        "export: MB above idle": memory()[1] - idle,
        "export: MB written": size / 2**20,
    }


def verification():
    begun = time.process_time()
    result = verify.verify(WORKSPACE, [])
    assert result.problem is None, result
    return {"verified events a second of one core": result.events / (time.process_time() - begun)}


def write(until):
    """Append single events, each in a transaction of its own; returns how many."""
    connection.close()
    snapshot = Snapshot(task_key="WEB-1", task_name="Bench", email="bench@kunde.example")
    count = 0
    while time.time() < until:
        with transaction.atomic():
            record(EventType.INVITATION_SENT, by=ACTOR, snapshot=snapshot)
        count += 1
    return count


def appends():
    begun = time.perf_counter()
    alone = write(time.time() + 1)
    alone_ms = (time.perf_counter() - begun) * 1000 / alone
    connection.close()
    with get_context("fork").Pool(WRITERS) as pool:
        begun = time.perf_counter()
        count = sum(pool.map(write, [time.time() + SECONDS] * WRITERS))
        rate = count / (time.perf_counter() - begun)
    return {"append: ms, alone": alone_ms, f"appends a second, {WRITERS} writers": rate}


if __name__ == "__main__":
    parts = {"pages": pages, "export": export, "verification": verification, "appends": appends}
    print(json.dumps(parts[sys.argv[1]]()))
