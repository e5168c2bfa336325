"""The workers' duty: what is due is sent or settled, one after the other."""

import os

import pytest
from django.utils import timezone

from invites.endings.work import due, end_due
from invites.models import Ending, EndingKind
from invites.sending import locks
from portal.awork.tokens import delete
from portal.locks import named_lock
from tests.invites.endings.conftest import calls, die, events, later, sign_in_again

pytestmark = pytest.mark.django_db
TASK, PROJECT, WORKSPACE, ACTIVATION = EndingKind


def always():
    return True


def test_a_new_ending_is_sent_at_once(standin, end, paula):
    ending = end(TASK, paula)
    assert end_due(always) == 1
    ending.refresh_from_db()
    assert (ending.state, calls(standin)) == ("done", [("setassignees", 204)])
    assert end_due(always) == 0


def test_what_died_is_looked_for(standin, end, paula):
    ending = end(TASK, paula)
    die(ending)
    assert end_due(always) == 1
    ending.refresh_from_db()
    assert (ending.state, calls(standin)) == ("unclear", [])
    later(ending, minutes=6)
    assert end_due(always) == 1  # no effect: to be asked again, in some seconds
    later(ending, minutes=1)
    assert end_due(always) == 1
    ending.refresh_from_db()
    assert (ending.state, calls(standin)) == ("done", [("setassignees", 204)])


def test_one_that_waits_for_a_sign_in_is_due_after_it(standin, end, paula):
    ending = end(TASK, paula)
    delete(paula)
    assert end_due(always) == 1
    later(ending, minutes=2)
    assert end_due(always) == 0
    sign_in_again(standin, "paula", paula)
    assert end_due(always) == 1
    ending.refresh_from_db()
    assert ending.state == "done"


def test_a_guest_with_another_ending_under_way_waits(standin, end, guest, paula):
    ending = end(TASK, paula)
    with named_lock(f"guest:{guest.pk}", seconds=60, wait=0), pytest.MonkeyPatch.context() as patch:
        patch.setattr("invites.endings.send.WAIT_SECONDS", 0)
        end_due(always)
    ending.refresh_from_db()
    assert (ending.state, ending.reason, calls(standin)) == ("requested", "guest-busy", [])
    assert events() == ["ending-requested"]


def test_a_task_in_use_is_waited_for(standin, end, guest, paula, monkeypatch):
    ending = end(TASK, paula)
    monkeypatch.setattr("invites.endings.send.WAIT_SECONDS", 0)
    with named_lock(f"task:{ending.target_id}", seconds=60, wait=0):
        end_due(always)
    ending.refresh_from_db()
    assert (ending.state, ending.reason) == ("requested", "task-busy")


def test_nothing_more_is_started_when_the_worker_stops(end, paula):
    end(TASK, paula)
    assert end_due(lambda: False) == 0


def test_one_that_fails_unexpectedly_keeps_no_other_waiting(standin, end, paula, monkeypatch):
    end(TASK, paula), end(PROJECT, paula)
    Ending.objects.filter(kind=PROJECT).update(kind="nonsense")
    type(paula).objects.update(role="lead")
    with pytest.raises((KeyError, ValueError)):
        end_due(always)
    assert Ending.objects.get(kind=TASK).state == "done"


def test_a_worker_suspended_past_its_lease_changes_nothing_and_saves_nothing(
    standin, end, paula, monkeypatch
):
    """The second worker settles what the first has asked; then the first wakes up in its call."""
    ending = end(TASK, paula)
    real, woken = locks.save_leased, []

    def suspend(row, **options):
        real(row, **options)
        if row.state == "sending" and not woken:
            woken.append(os.getpid())
            past = timezone.now() - timezone.timedelta(minutes=10)
            Ending.objects.update(lease_expires_at=past, attempted_at=past)
            assert end_due(always) == 1  # the second worker: no effect, asked again in some seconds
            row.lease_expires_at = past

    monkeypatch.setattr(locks, "save_leased", suspend)
    end_due(always)
    ending.refresh_from_db()
    assert (ending.state, ending.reason, calls(standin)) == ("requested", "no-effect", [])
    later(ending, minutes=1)
    end_due(always)
    ending.refresh_from_db()
    assert (ending.state, calls(standin)) == ("done", [("setassignees", 204)])


def test_erased_guests_are_left_alone(end, guest, paula):
    end(TASK, paula)
    guest.delete()
    assert not due().exists()
