"""Each row lock makes the second of two transactions wait for the first, and see what it has done."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import timedelta
from threading import Event as Signal
from uuid import uuid4

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from invites.audit.models import Event
from invites.models import Invitation
from invites.sending.erase import InvitationInProgress, erase
from invites.sending.retry import prepare_retry
from portal.accounts import pending_roles
from portal.models import RateLimitCounter
from portal.roles import DeskRole
from portal.web import rate_limits
from tests.invites.conftest import actor
from tests.invites.factories import invitation, person
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)
CARLA = "carla@creative.example"


def one_after_the_other(first, second):
    """What both give: `second` begins while the transaction of `first` is open for another half second."""
    is_held = Signal()

    def go(number):
        if number:
            assert is_held.wait(10)
            return second()
        with transaction.atomic():
            given = first()
            is_held.set()
            time.sleep(0.5)
        return given

    return at_once(2, go)


@pytest.fixture
def paula():
    return person()


@pytest.fixture
def by(paula):
    return actor(paula)


@pytest.fixture
def refused(paula):
    return invitation(paula, state="refused")


def again(by):
    found = Invitation.objects.get(email=CARLA)
    return prepare_retry(found, found.task, by=by)


def test_of_two_retries_the_second_sees_the_first(refused, by):
    assert one_after_the_other(lambda: again(by), lambda: again(by)) == [True, False]
    assert Invitation.objects.get().attempts == 2


def test_a_change_of_a_pending_role_is_recorded_after_the_one_before(paula, by):
    def give(role):
        pending_roles.set_pending_role(paula.workspace, "new@studio.example", role, acting=by)

    give(DeskRole.LEAD)
    one_after_the_other(lambda: give(DeskRole.AUDITOR), lambda: give(DeskRole.MANAGER))

    told = Event.objects.filter(type="rights-changed").order_by("sequence")
    assert [(event.details["before"], event.details["after"]) for event in told] == [
        ("", "lead"),
        ("lead", "auditor"),
        ("auditor", "manager"),
    ]


def test_what_is_about_to_be_saved_sees_an_erasure(refused):
    def lock():
        stale = Invitation(pk=refused.pk, email=CARLA)
        with transaction.atomic():
            stale.lock()
        return stale.email

    assert one_after_the_other(lambda: Invitation.objects.update(email=""), lock) == [1, ""]


def erase_carla(by):
    try:
        erase(CARLA, workspaces=[by.workspace], by=by, reason="asked for")
    except InvitationInProgress:
        return "in progress"
    return "erased"


def test_an_erasure_sees_an_invitation_that_is_being_sent(refused, by):
    assert one_after_the_other(lambda: again(by), lambda: erase_carla(by)) == [True, "in progress"]
    refused.refresh_from_db()
    assert (refused.state, refused.email) == ("requested", CARLA)


def test_an_erasure_keeps_the_assignees_that_were_saved_meanwhile(paula, by):
    carla, zoe = (
        {"id": str(uuid4()), "first_name": name, "last_name": "", "planned_effort": 0, "distributed": True}
        for name in ("Carla", "Zoe")
    )
    invitation(paula, guest_id=carla["id"])
    other = invitation(paula, email="dirk@druck.example", task_id=uuid4(), assignees_before=[carla])

    def add():
        return Invitation.objects.filter(pk=other.pk).update(assignees_before=[carla, zoe])

    assert one_after_the_other(add, lambda: erase_carla(by)) == [1, "erased"]
    other.refresh_from_db()
    first, second = (one["first_name"] for one in other.assignees_before)
    assert first.startswith("erased-")
    assert second == "Zoe"


def test_counting_a_request_does_not_wait_for_one_that_deletes_old_counts(by):
    RateLimitCounter.objects.create(key="old", expires_at=timezone.now() - timedelta(hours=1))
    # On SQLite one transaction writes at a time: there are no row locks to wait for.
    deleting = transaction.atomic() if connection.vendor == "postgresql" else nullcontext()

    def count():
        try:
            rate_limits.hit(rate_limits.ADDRESS_LOOKUP, by=by)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool, deleting:
        RateLimitCounter.objects.filter(key="old").delete()
        pool.submit(count).result(timeout=5)
    assert RateLimitCounter.objects.exclude(key="old").exists()


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite can't end another's transaction")
def test_the_server_ends_a_transaction_of_a_suspended_process():
    with connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        assert cursor.fetchone() == ("20s",)
