"""The facts about workers, queue, unclear invitations and the audit log."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from invites import operations
from invites.audit.catalogue import EventType
from invites.audit.record import record
from invites.audit.verify import record_verification, verify
from invites.models import BatchState, DutyRun, WorkerProcess
from invites.models.worker import ALIVE
from invites.worker import DUTIES, registered
from portal import clock
from portal.actor import PORTAL_WORKSPACE, for_system, for_user
from tests.invites import factories

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def mara():
    return factories.person("Mara Manager")


def ago(time):
    return clock.now() - time


def test_a_worker_is_alive_while_its_heart_beats():
    assert not operations.read().is_working
    with registered():
        assert operations.read().workers == 1
        assert operations.read().is_working
        WorkerProcess.objects.update(seen_at=ago(ALIVE))
        assert operations.read().workers == 0
        assert not operations.read().is_working
        assert operations.read().seen_at == WorkerProcess.objects.get().seen_at


def test_a_worker_run_by_cron_counts_between_its_runs():
    with registered() as worker:
        worker.run_due()
    assert (operations.read().workers, operations.read().is_working) == (0, True)
    DutyRun.objects.update(ended_at=ago(16 * MINUTE))
    assert not operations.read().is_working


def test_every_duty_has_a_last_run_or_none():
    assert [(duty.name, duty.run) for duty in operations.read().duties] == [(d.name, None) for d in DUTIES]
    with registered() as worker:
        worker.run_due()
    duties = operations.read().duties
    assert all(duty.run.ended_at for duty in duties)
    assert not any(duty.has_failed or duty.is_late for duty in duties)


def test_a_duty_has_failed_or_is_late():
    name = DUTIES[0].name
    DutyRun.objects.create(name=name, due_at=ago(14 * MINUTE), error="KeyError")
    duty = operations.read().duties[0]
    assert (duty.has_failed, duty.is_late) == (True, False)
    DutyRun.objects.update(due_at=ago(16 * MINUTE), error="")
    duty = operations.read().duties[0]
    assert (duty.has_failed, duty.is_late) == (False, True)


def test_the_queue_waits_since_its_batch_runs(mara):
    factories.batch(mara, [{}, {}, {"state": "sent"}], changed_at=ago(59 * MINUTE))
    factories.batch(
        mara, [{"email": "zoe@creative.example"}], state=BatchState.PAUSED, changed_at=ago(2 * HOUR)
    )
    queue = operations.read().queue
    assert (queue.running, queue.paused, queue.is_slow) == (2, 1, False)
    factories.batch(mara, [{"email": "zora@creative.example"}], changed_at=ago(61 * MINUTE))
    assert operations.read().queue.is_slow


def test_unclear_invitations_are_counted_by_age(mara):
    for minutes in (5, 61, 62, 60 * 25):
        factories.invitation(mara, state="unclear", attempted_at=ago(minutes * MINUTE))
    unclear = operations.read().unclear
    assert (unclear.under_hour, unclear.under_day, unclear.older, unclear.count) == (1, 2, 1, 4)
    assert unclear.is_old


def test_what_a_dead_process_had_in_hand_is_unclear_and_what_was_erased_is_not(mara):
    factories.invitation(mara, state="unclear", email="", email_key="")
    factories.invitation(mara, state="requested", lease_expires_at=clock.now() + MINUTE)
    assert operations.read().unclear.count == 0
    factories.invitation(mara, state="requested", lease_expires_at=ago(MINUTE), attempted_at=ago(MINUTE))
    unclear = operations.read().unclear
    assert (unclear.count, unclear.is_old) == (1, False)


def test_unclear_invitations_are_found_by_an_index(mara):
    with CaptureQueriesContext(connection) as queries:
        operations.read()
    [count] = [query["sql"] for query in queries if "under_hour" in query["sql"]]
    if connection.vendor == "sqlite":  # PostgreSQL decides by the number of rows
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {count}")
            assert "USING INDEX invites_invitation_state" in str(cursor.fetchall())


def test_paused_batches_are_listed_longest_first(mara):
    for hours in (1, 2):
        factories.batch(mara, state=BatchState.PAUSED, reason=str(hours), changed_at=ago(hours * HOUR))
    factories.batch(mara)
    assert [batch.reason for batch in operations.read().paused] == ["2", "1"]


def test_each_chain_has_its_last_event_and_verification(mara):
    by = for_user(mara)
    for _ in range(3):
        record(EventType.SIGNED_IN, by=by)
    record(EventType.SIGNED_IN, by=for_system(PORTAL_WORKSPACE))
    record_verification(verify(by.workspace, []), by=by)
    chains = operations.read().chains
    assert {workspace: (chain.last, chain.verified) for workspace, chain in chains.items()} == {
        mara.workspace_id: (4, 3),
        PORTAL_WORKSPACE: (1, 0),
    }
    assert chains[PORTAL_WORKSPACE].event is None


def test_the_number_of_queries_does_not_grow_with_the_rows(mara, django_assert_max_num_queries):
    factories.batch(mara, [{"state": "unclear"}, {}], state=BatchState.PAUSED)
    with django_assert_max_num_queries(11):
        operations.read()
