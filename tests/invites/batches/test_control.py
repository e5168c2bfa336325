"""Pausing, resuming, stopping and retrying, and who wins when several press at once."""

import pytest

from invites.audit.models import Event
from invites.batches import control, queue
from invites.models import Batch, Invitation
from invites.policy.recheck import QuotaReached
from tests.invites import factories
from tests.invites.conftest import actor, types
from tests.threads import at_once

pytestmark = pytest.mark.django_db
INVITE = ("POST", "/assignuserbyemail")
TWO = (("WEB-12", "a@x.example"), ("WEB-15", "b@x.example"))


@pytest.fixture
def batch(start_batch):
    return start_batch(*TWO)


@pytest.fixture
def by(paula):
    return actor(paula)


def state():
    return Batch.objects.get().state


def test_a_paused_batch_sends_nothing_until_it_is_resumed(batch, by):
    assert control.pause(batch.pk, by=by)
    assert not queue.send_next()
    assert control.resume(batch.pk, by=by)
    assert queue.send_next()
    assert [one for one in types() if one.startswith("batch")] == [
        "batch-started",
        "batch-paused",
        "batch-resumed",
    ]


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (["pause", "pause"], [True, False]),
        (["resume"], [False]),
        (["stop", "resume", "pause", "stop"], [True, False, False, False]),
        (["pause", "stop"], [True, True]),
    ],
)
def test_only_what_fits_the_state_is_done_and_recorded(batch, by, steps, expected):
    assert [getattr(control, step)(batch.pk, by=by) for step in steps] == expected
    recorded = [one for one in types() if one.startswith("batch")]
    assert len(recorded) == 1 + sum(expected)


@pytest.mark.django_db(transaction=True)
def test_of_eight_people_who_press_stop_one_does(batch, by):
    assert at_once(8, lambda number: control.stop(batch.pk, by=by)).count(True) == 1
    assert Event.objects.filter(type="batch-stopped").count() == 1


def test_failed_lines_are_sent_again_alone(standin, batch, by):
    standin.fault(*INVITE, kind="status", status=400, body={"code": "invalid-model", "description": ""})
    while queue.send_next():
        pass
    assert state() == "done"
    assert control.retryable_count(batch) == 1
    assert control.retry_failed(batch.pk, by=by) == 1
    assert state() == "running"
    while queue.send_next():
        pass
    lines = Invitation.objects.order_by("line")
    assert [(line.state, line.attempts) for line in lines] == [("sent", 2), ("sent", 1)]
    assert standin.count(*INVITE) == 3
    assert control.retry_failed(batch.pk, by=by) == 0


def test_a_guest_who_was_invited_meanwhile_is_not_sent_again(standin, batch, by, paula):
    Invitation.objects.filter(line=1).update(state="refused")
    first = Invitation.objects.get(line=1)
    factories.invitation(paula, email=first.email, task_id=first.task_id)
    assert control.retry_failed(batch.pk, by=by) == 0


def test_retrying_counts_towards_the_quota(batch, by, paula):
    Invitation.objects.update(state="refused")
    factories.policy(paula, per_hour=1)
    with pytest.raises(QuotaReached):
        control.retry_failed(batch.pk, by=by)
    assert set(Invitation.objects.values_list("state", flat=True)) == {"refused"}


def test_a_stopped_batch_is_retried_once_its_queue_is_empty(batch, by):
    control.stop(batch.pk, by=by)
    assert control.retry_failed(batch.pk, by=by) == 0
    queue_is_empty = Invitation.objects.filter(state="queued")
    queue_is_empty.update(state="not_sent", reason="batch-stopped")
    assert control.retry_failed(batch.pk, by=by) == 2
