"""Everything that locks rows and the audit chain, all at once: no transaction waits for another in a circle.

The order is: rows first, with no-key locks where a foreign key points at them, and the chain last.
PostgreSQL counts the deadlocks that it had to break; on SQLite one transaction writes at a time, and no
request may fail.
"""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from django.db import connection, connections
from django.test import Client

from invites.audit.models import Event
from invites.models import Invitation, PolicyVersion
from portal.models import User
from portal.web import rate_limits
from tests.faults.journey import Journey

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 12
PRESSES = 10  # of the same button, where each time another version of the policy was saved meanwhile
OUTDATED = 422
EXPECTED = {302, 422}  # 422: nothing is known yet of the guest to be erased


@pytest.fixture
def journey(standin, monkeypatch):
    for name in ("SIGN_IN", "SIGN_IN_PER_USER", "EXPORT"):
        limit = getattr(rate_limits, name)
        monkeypatch.setattr(rate_limits, name, replace(limit, per_user=10_000, per_ip=10_000))
    one = Journey(standin)
    assert one.sign_in()
    one.browse()
    standin.limits.second = standin.limits.minute = 100_000
    standin.world.seats = 10_000
    return one


def deadlocks() -> int:
    """How many PostgreSQL has broken in this database so far."""
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def jobs(journey, sign_in) -> dict[str, Callable[[int], list[int]]]:
    """What people do at the same moment, each as a round that answers the status codes it met."""
    administrator, auditor = Client(), Client()
    sign_in(administrator, "ada")
    sign_in(auditor, "ada")
    mona = Client()
    sign_in(mona, "mona")
    mona_id = User.objects.get(first_name="Mona").awork_id

    def invite(number: int) -> list[int]:
        browser = Client()
        browser.cookies = journey.client.cookies.copy()
        fields = {name: value for name, value in journey.fields.items() if name != "key"}
        fields["email"] = f"guest{number}@creative.example"
        pressed = (browser.post("/invite/", fields).status_code for _ in range(PRESSES))
        return [next((code for code in pressed if code != OUTDATED), OUTDATED)]

    def sign_in_and_out(number: int) -> list[int]:
        browser = Client()
        left = sign_in(browser, "mona").status_code
        return [left, browser.post("/logout/").status_code]

    def end_other_sessions(number: int) -> list[int]:
        browser = Client()
        left = sign_in(browser, "paul").status_code
        return [left, browser.post("/account/sessions/end/").status_code]

    def change_role(number: int) -> list[int]:
        role = ("lead", "manager")[number % 2]
        return [administrator.post(f"/members/{mona_id}/role/", {"role": role}).status_code]

    def erase(number: int) -> list[int]:
        email = f"guest{number - 3}@creative.example"
        fields = {"email": email, "again": email, "previewed": email, "reason": "asked for it"}
        return [administrator.post("/guests/erase/", fields).status_code]

    def save_policy(number: int) -> list[int]:
        fields = {
            "roles": [journey.fields["role"]],
            "per_day": str(9_000 + number),
            "own_domain_guests": "on",
        }
        page = administrator.post("/policy/", fields)
        fields["previewed"] = re.search(r'name="previewed" value="([^"]*)"', page.content.decode())[1]
        return [administrator.post("/policy/save/", fields).status_code]

    def verify(number: int) -> list[int]:
        return [auditor.post("/audit/verify/").status_code]

    return {
        "invite": invite,
        "invite too": lambda number: invite(1000 + number),
        "sign in and out": sign_in_and_out,
        "sign in and out too": sign_in_and_out,
        "end other sessions": end_other_sessions,
        "change role": change_role,
        "save policy": save_policy,
        "erase": erase,
        "verify": verify,
    }


def test_a_mixed_load_ends_without_a_deadlock(journey, sign_in):
    work = jobs(journey, sign_in)
    before = deadlocks()

    def run(name: str) -> list[int]:
        try:
            return [code for number in range(ROUNDS) for code in work[name](number)]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(work)) as pool:
        codes = dict(zip(work, pool.map(run, work), strict=True))

    assert deadlocks() == before
    failed = {name: [code for code in met if code not in EXPECTED] for name, met in codes.items()}
    assert not any(failed.values()), failed
    assert codes["invite"] == codes["invite too"] == codes["save policy"] == [302] * ROUNDS
    assert PolicyVersion.objects.count() == ROUNDS
    assert not Invitation.objects.exclude(email="").exclude(state="sent").exists()
    assert set(Event.objects.filter(type="verified").values_list("outcome", flat=True)) == {"whole"}
