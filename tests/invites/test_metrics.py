"""The facts as Prometheus reads them."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import OperationalError, connection

from invites import metrics
from invites.audit import checkpoints, delivery
from invites.audit.catalogue import EventType
from invites.audit.record import record
from invites.audit.verify import Problem, Result, record_verification
from invites.models import BatchState, DutyRun, WorkerProcess
from invites.worker import registered
from portal import clock, readiness
from portal.actor import PORTAL_WORKSPACE, for_user
from tests.invites import factories
from tests.metrics import parse

pytestmark = pytest.mark.django_db


@pytest.fixture
def mara():
    return factories.person("Mara Manager")


def facts():
    """Each value by name, without the prefix, and label."""
    return {
        (name.removeprefix("desk_"), *more): v for (name, *more), v in parse(metrics.facts().decode()).items()
    }


def test_a_fresh_desk():
    portal = str(PORTAL_WORKSPACE)
    assert facts() == {
        ("awork_requests_left",): 1000,
        ("info", settings.VERSION): 1,
        ("ready",): 1,
        ("workers",): 0,
        ("queued_invitations", "running"): 0,
        ("queued_invitations", "paused"): 0,
        ("queue_oldest_seconds",): 0,
        ("unclear_invitations", "under_hour"): 0,
        ("unclear_invitations", "under_day"): 0,
        ("unclear_invitations", "older"): 0,
        ("open_endings", "unsettled"): 0,
        ("open_endings", "waiting"): 0,
        ("unsettled_ending_oldest_seconds",): 0,
        ("audit_events", portal): 0,
        ("audit_verified_events", portal): 0,
        ("audit_broken", portal): 0,
        ("undelivered_checkpoints",): 0,
        ("undelivered_checkpoint_oldest_seconds",): 0,
        ("checkpoint_delivery_failed",): 0,
    }


def test_workers_and_duties():
    with registered() as worker:
        worker.run_due()
        DutyRun.objects.filter(name="reconcile").update(error="KeyError")
        found = facts()
        seen_at = WorkerProcess.objects.get().seen_at
    assert (found["workers",], found["worker_heartbeat_timestamp_seconds",]) == (1, seen_at.timestamp())
    assert (found["duty_failed", "reconcile"], found["duty_failed", "discard-stopped"]) == (1, 0)
    assert ("duty_success_timestamp_seconds", "reconcile") not in found
    success = found["duty_success_timestamp_seconds", "discard-stopped"]
    assert success == DutyRun.objects.get(name="discard-stopped").ended_at.timestamp()


def test_invitations_and_batches(mara):
    hour_ago = clock.now() - timedelta(hours=1)
    factories.batch(mara, [{}, {}, {"state": "unclear", "attempted_at": hour_ago}], changed_at=hour_ago)
    factories.batch(
        mara, [{"email": "zoe@creative.example"}], state=BatchState.PAUSED, reason="insufficient-seats"
    )
    factories.batch(mara, state=BatchState.PAUSED)
    found = facts()
    assert (found["queued_invitations", "running"], found["queued_invitations", "paused"]) == (2, 1)
    assert 3600 <= found["queue_oldest_seconds",] < 3660
    assert found["unclear_invitations", "under_day"] == 1
    assert (found["paused_batches", "insufficient-seats"], found["paused_batches", "person"]) == (1, 1)


def test_the_audit_log(mara):
    by = for_user(mara)
    record(EventType.SIGNED_IN, by=by)
    record_verification(Result(by.workspace, 1, 1, 0, 0), by=by)
    log = str(by.workspace)
    found = facts()
    assert (found["audit_events", log], found["audit_verified_events", log], found["audit_broken", log]) == (
        2,
        1,
        0,
    )
    assert abs(found["audit_verified_timestamp_seconds", log] - clock.now().timestamp()) < 60
    record_verification(Result(by.workspace, 1, 1, 0, 0, problem=Problem(1, "it was changed")), by=by)
    assert facts()["audit_broken", log] == 1


def test_checkpoints_that_wait(mara, settings, time_machine):
    time_machine.move_to(clock.now(), tick=False)
    settings.AUDIT_CHECKPOINTS = "/missing/checkpoints.txt"
    for _ in range(2):
        checkpoints.create(record(EventType.SIGNED_IN, by=for_user(mara)))
    time_machine.shift(90)
    found = facts()
    assert (found["undelivered_checkpoints",], found["undelivered_checkpoint_oldest_seconds",]) == (2, 90)
    assert found["checkpoint_delivery_failed",] == 0
    delivery.deliver_now()
    assert facts()["checkpoint_delivery_failed",] == 1


def test_the_requests_that_awork_still_accepts(paula, standin):
    assert facts()["awork_requests_left",] < 1000


def test_of_a_lost_database_it_says_just_that():
    def away(execute, sql, params, many, context):
        raise OperationalError("away")

    readiness.migrations.forget()
    with connection.execute_wrapper(away):
        assert facts() == {("info", settings.VERSION): 1, ("awork_requests_left",): 1000, ("ready",): 0}
