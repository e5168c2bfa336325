import time
from datetime import timedelta

import pytest
from django.db import IntegrityError, OperationalError, connection

from invites import worker
from invites.models import Batch, DutyRun, Invitation, WorkerProcess
from invites.models.worker import ALIVE, HEARTBEAT
from invites.worker import DUTIES, FORGET_AFTER, Duty, registered
from portal import clock
from portal.awork import http
from tests.threads import at_once

pytestmark = pytest.mark.django_db
INVITE = ("POST", "/tasks/assignuserbyemail")
HOUR = timedelta(hours=1)


@pytest.fixture
def duties(monkeypatch):
    """Let the workers have these duties instead: each is a function of `go_on`, due every hour."""

    def set_them(**runs):
        monkeypatch.setattr(worker, "DUTIES", [Duty(name, HOUR, run) for name, run in runs.items()])

    return set_them


@pytest.fixture
def this():
    with registered() as one:
        yield one


def pass_time(**passed):
    DutyRun.objects.update(due_at=clock.now() - timedelta(**passed))


def test_names_of_duties_fit_their_column_and_differ():
    names = [duty.name for duty in DUTIES]
    assert len(set(names)) == len(names)
    assert all(len(name) <= DutyRun._meta.get_field("name").max_length for name in names)


def test_a_duty_runs_once_in_its_period(this, duties):
    duties(count=lambda go_on: 3)
    assert this.run_due() == 3
    assert this.run_due() == 0
    pass_time(seconds=1)
    assert this.run_due() == 3


def test_what_a_run_did_is_saved(this, duties):
    duties(count=lambda go_on: 3)
    this.run_due()
    run = DutyRun.objects.get()
    assert (run.name, run.processed, run.error) == ("count", 3, "")
    assert run.started_at <= run.ended_at <= clock.now()
    assert run.due_at == run.started_at + HOUR


def test_a_failed_duty_is_saved_without_its_text_and_the_others_run(this, duties, caplog):
    def fail(go_on):
        raise ValueError("Zaphod")

    duties(fail=fail, count=lambda go_on: 3)
    assert this.run_due() == 3
    assert this.failed == ["fail"]
    assert DutyRun.objects.get(name="fail").error == "ValueError"
    assert "duty failed" in caplog.text

    duties(fail=lambda go_on: 1)
    pass_time(seconds=1)
    assert this.run_due() == 1
    assert (this.failed, DutyRun.objects.get(name="fail").error) == ([], "")


def test_a_database_that_does_not_answer_is_left_to_the_caller(this, duties):
    def fail(go_on):
        raise OperationalError

    duties(fail=fail)
    with pytest.raises(OperationalError):
        this.run_due()


def test_a_constraint_of_the_database_fails_only_its_duty(this, duties, log_lines):
    def fail(go_on):
        raise IntegrityError

    duties(fail=fail, count=lambda go_on: 3)
    assert this.run_due() == 3
    assert this.failed == ["fail"]
    assert [line["level"] for line in log_lines() if line["event"] == "duty failed"] == ["error"]


def test_nothing_starts_once_the_worker_is_stopped(this, duties):
    def stop(go_on):
        assert go_on()
        this.stop.set()
        assert not go_on()
        return 1

    duties(stop=stop, count=lambda go_on: 3)
    assert this.run_due() == 1


def test_a_heartbeat_is_saved_from_time_to_time(this):
    this.process.seen_at -= HEARTBEAT / 2
    this.process.save()
    this.go_on()
    assert WorkerProcess.objects.get().seen_at == this.process.seen_at

    this.process.seen_at -= HEARTBEAT / 2
    this.go_on()
    assert clock.now() - WorkerProcess.objects.get().seen_at < HEARTBEAT / 2


def test_a_worker_is_listed_while_it_runs():
    with registered():
        assert WorkerProcess.objects.count() == 1
    assert WorkerProcess.objects.count() == 0


def test_workers_that_run_share_the_rate_limit(this):
    assert http.rate_limiter.sharers == 1
    with registered(), registered():
        assert http.rate_limiter.sharers == 3
        WorkerProcess.objects.exclude(pk=this.process.pk).update(seen_at=clock.now() - ALIVE)
        this.process.seen_at -= HEARTBEAT
        this.go_on()
        assert http.rate_limiter.sharers == 1


def test_it_sends_what_is_queued(this, start_batch):
    start_batch(("WEB-12", "a@x.example"), ("WEB-15", "b@x.example"))
    assert this.send_all() == 2
    start_batch(("WEB-12", "c@x.example"))
    this.stop.set()
    assert this.send_all() == 0


@pytest.mark.django_db(transaction=True)
def test_its_threads_send_until_it_is_stopped(this, start_batch):
    with this.sending():
        start_batch(("WEB-12", "a@x.example"), ("WEB-15", "b@x.example"))
        deadline = time.monotonic() + 10
        while Batch.objects.exclude(state="done").exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
    assert this.stop.is_set()
    assert Invitation.objects.filter(state="sent").count() == 2


def test_a_killed_worker_is_forgotten_after_a_day(this):
    WorkerProcess.objects.update(seen_at=clock.now() - FORGET_AFTER / 2)
    with registered():
        assert WorkerProcess.objects.count() == 2
    WorkerProcess.objects.update(seen_at=clock.now() - FORGET_AFTER)
    with registered():
        assert WorkerProcess.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_workers_that_start_together_share_a_duty(duties):
    done = []
    duties(count=lambda go_on: done.append(connection) or 1)

    def work(number):
        with registered() as one:
            return one.run_due()

    assert sum(at_once(6, work)) == 1
    assert len(done) == 1
