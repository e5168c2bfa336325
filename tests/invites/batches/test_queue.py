"""Sending what is queued, against the stand-in awork."""

from datetime import timedelta

import pytest
from django.utils import timezone

from invites.audit.models import Event
from invites.batches import control, queue
from invites.batches.discard import discard_stopped
from invites.models import Batch, Invitation, RoleOption
from invites.policy.rules import EndTerm
from invites.sending.erase import erase
from invites.sending.reconcile import reconcile_due
from invites.sending.retry import prepare_retry
from invites.sending.send import send
from portal import clock
from portal.awork import tokens
from portal.awork.tokens import client_for
from portal.models import AworkToken, NamedLock, User
from portal.standin.environment import API_KEY
from tests.invites import factories
from tests.invites.conftest import actor, types
from tests.threads import at_once

pytestmark = pytest.mark.django_db
INVITE = ("POST", "/assignuserbyemail")


def run():
    """Send until nothing is left to send now."""
    return sum(iter(queue.send_next, False))


def lines(**fields):
    return list(Invitation.objects.filter(**fields).order_by("batch__created_at", "line"))


def states():
    return [line.state for line in lines()]


def assigned(standin, key):
    """The names and planned efforts of a task's assignees."""
    people = standin.world.people
    return {(people[one.user_id].first_name, one.effort) for one in standin.world.task(key).assignees}


def later(seconds=200):
    """Let leases and waiting times end."""
    past = timezone.now() - timedelta(seconds=1)
    Invitation.objects.exclude(lease_expires_at=None).update(lease_expires_at=past)
    NamedLock.objects.update(expires_at=past)


def test_lines_are_sent_in_their_order_and_the_batch_finishes(standin, start_batch):
    batch = start_batch(("WEB-12", "a@x.example"), ("WEB-15", "b@x.example"))
    assert states() == ["queued", "queued"]
    assert run() == 2
    assert states() == ["sent", "sent"]
    batch.refresh_from_db()
    assert batch.state == "done"
    assert [line.email for line in sorted(lines(), key=lambda line: line.attempted_at)] == [
        "a@x.example",
        "b@x.example",
    ]
    assert types()[0] == "batch-started"
    assert types()[-1] == "batch-finished"
    assert types().count("invitation-sent") == 2


def test_events_of_the_workers_name_the_inviter_and_share_the_id_of_the_batch(start_batch):
    batch = start_batch(("WEB-12", "a@x.example"))
    run()
    sent = Event.objects.get(type="invitation-sent")
    assert (sent.actor_name, sent.request_id) == ("Paula Petersen", batch.pk)


@pytest.mark.parametrize("replaces", [True, False])
def test_guests_of_one_task_and_everybody_before_stand_on_it_in_the_end(standin, start_batch, replaces):
    standin.world.replaces = replaces
    before = assigned(standin, "WEB-12")
    start_batch(*(("WEB-12", f"{name}@x.example") for name in "abc"))
    assert run() == 3
    assert assigned(standin, "WEB-12") >= before
    assert {name for name, _ in assigned(standin, "WEB-12")} >= {"a", "b", "c"}


def test_assignees_are_restored_once_after_the_last_guest_of_the_task(standin, start_batch):
    start_batch(*(("WEB-12", f"{name}@x.example") for name in "abc"))
    run()
    assert standin.count("POST", "/setassignees") == 1
    assert standin.count("GET", "/tasks/") == 4  # before each, and after the last
    assert [line.assignees_state for line in lines()] == ["passed_on", "passed_on", "restored"]
    assert all(line.guest_id for line in lines())


def test_the_next_worker_restores_the_assignees_after_a_line_that_failed(standin, start_batch):
    before = assigned(standin, "WEB-12")
    batch = start_batch(("WEB-12", "a@x.example"), ("WEB-12", "b@x.example"))
    queue.send_next()
    assert lines()[0].assignees_state == "deferred"
    standin.fault(*INVITE, "status", status=400, body={"code": "invalid-model", "description": ""})
    run()
    assert states() == ["sent", "refused"]
    assert lines()[0].assignees_state == "unchecked"  # a check is due at once
    check_due()
    assert lines()[0].assignees_state == "restored"
    assert assigned(standin, "WEB-12") >= before
    batch.refresh_from_db()
    assert batch.state == "done"


def check_due():
    return reconcile_due(lambda: True)


@pytest.mark.parametrize("end", [control.pause, control.stop])
def test_a_batch_that_pauses_or_stops_leaves_no_task_without_its_assignees(standin, start_batch, end):
    before = assigned(standin, "WEB-12")
    batch = start_batch(("WEB-12", "a@x.example"), ("WEB-12", "b@x.example"))
    queue.send_next()
    assert end(batch.pk, by=actor(batch.inviter))
    assert not queue.send_next()
    check_due()
    assert assigned(standin, "WEB-12") >= before
    assert lines()[0].assignees_state == "restored"


def test_a_batch_that_pauses_during_a_call_restores_right_after_it(standin, start_batch, monkeypatch):
    before = assigned(standin, "WEB-12")
    batch = start_batch(("WEB-12", "a@x.example"), ("WEB-12", "b@x.example"))
    claimed, line = queue.claim()
    control.pause(batch.pk, by=actor(batch.inviter))
    queue._send(line, claimed, by=actor(batch.inviter))
    assert lines()[0].assignees_state == "restored"
    assert assigned(standin, "WEB-12") >= before


def test_another_guest_of_a_task_waits_while_one_is_under_way_and_other_tasks_go_on(start_batch):
    start_batch(("WEB-12", "a@x.example"), ("WEB-12", "b@x.example"), ("WEB-15", "c@x.example"))
    assert queue.claim()[1].email == "a@x.example"
    assert queue.claim()[1].email == "c@x.example"
    assert queue.claim() is None


def test_a_task_of_another_batch_under_way_is_left_alone(start_batch):
    start_batch(("WEB-12", "a@x.example"))
    start_batch(("WEB-12", "b@x.example"), ("WEB-15", "c@x.example"))
    assert [queue.claim()[1].email for _ in range(2)] == ["a@x.example", "c@x.example"]


def test_two_batches_take_turns(start_batch):
    keys = ["WEB-12", "WEB-15", "WEB-20", "WEB-21"]
    start_batch(*((key, f"a{key}@x.example") for key in keys))
    start_batch(*((key, f"b{key}@x.example") for key in ["WEB-23", "WEB-24", "WEB-26", "WEB-27"]))
    assert "".join(queue.claim()[1].email[0] for _ in range(6)) == "ababab"


@pytest.mark.django_db(transaction=True)
def test_each_line_is_claimed_by_one_of_eight_threads(start_batch):
    keys = ["WEB-12", "WEB-15", "WEB-20", "WEB-21"]
    start_batch(*((key, f"{name}@x.example") for key in keys for name in "ab"))
    claimed = [line for line in at_once(8, lambda number: queue.claim()) if line]
    assert len({line.pk for _, line in claimed}) == len(claimed) == 4
    assert len({line.task_id for _, line in claimed}) == 4


def test_a_line_of_a_worker_that_died_before_sending_is_taken_by_the_next(start_batch):
    start_batch(("WEB-12", "a@x.example"))
    queue.claim()
    assert run() == 0
    later()
    assert run() == 1
    assert states() == ["sent"]


def test_a_worker_that_lost_its_lease_sends_nothing(standin, start_batch):
    start_batch(("WEB-12", "a@x.example"))
    batch, line = queue.claim()
    later()
    run()
    with pytest.raises(queue.locks.LeaseLost):
        queue._send(line, batch, by=actor(batch.inviter))
    assert standin.count(*INVITE) == 1


class TestAworkAway:
    def test_lines_wait_while_awork_is_away_and_say_why(self, standin, start_batch):
        start_batch(("WEB-12", "a@x.example"))
        standin.fault("GET", "/tasks/", "status", status=503, times=9)
        run()
        (line,) = lines()
        assert (line.state, line.reason) == ("queued", "task-unreadable")
        assert types().count("invitation-not-sent") == 0
        standin.faults.reset()
        later()
        run()
        assert states() == ["sent"]
        assert lines()[0].reason == ""

    def test_a_line_retried_by_itself_after_the_end_is_not_queued_where_no_worker_looks(
        self, standin, start_batch, paula
    ):
        start_batch(("WEB-12", "a@x.example"))
        standin.fault(*INVITE, "status", status=400, body={"code": "invalid-model", "description": ""})
        run()
        (line,) = lines()
        standin.fault("GET", "/tasks/", "status", status=503, times=9)
        client = client_for(paula)
        assert prepare_retry(line, line.task, by=actor(paula))
        send(line, client, by=actor(paula))
        assert states() == ["not_sent"]
        assert types()[-1] == "invitation-not-sent"

    def test_a_task_that_cannot_be_seen_is_no_reason_to_wait(self, standin, start_batch):
        batch = start_batch(("WEB-12", "a@x.example"), ("WEB-15", "b@x.example"))
        task = lines()[0].task_id
        standin.fault("GET", f"/tasks/{task}", "status", status=404, body={"code": "not-found"}, times=9)
        run()
        assert states() == ["not_sent", "sent"]
        batch.refresh_from_db()
        assert batch.state == "done"

    def test_a_line_that_turns_out_not_sent_is_sent_once_more(self, standin, start_batch):
        start_batch(("WEB-12", "a@x.example"))
        queue.claim()
        Invitation.objects.update(state="requested", step="reading")  # then it was killed
        later()
        check_due()
        assert states() == ["queued"]
        later()
        run()
        assert states() == ["sent"]
        assert lines()[0].attempts == 2
        assert standin.count(*INVITE) == 1

    def test_a_line_found_not_sent_after_the_end_is_sent_once_more_too(self, standin, start_batch, settings):
        settings.AWORK_API_KEY = API_KEY
        batch = start_batch(("WEB-12", "a@x.example"))
        standin.fault(*INVITE, "cut_before")
        run()
        batch.refresh_from_db()
        assert (states(), batch.state) == (["unclear"], "done")
        past = timezone.now() - timedelta(minutes=6)
        Invitation.objects.update(attempted_at=past, next_check_at=past)
        check_due()
        batch.refresh_from_db()
        assert (states(), batch.state) == (["queued"], "running")
        assert types()[-1] == "batch-resumed"
        run()
        assert states() == ["sent"]

    def test_one_of_a_stopped_batch_stays_not_sent(self, standin, start_batch, paula, settings):
        settings.AWORK_API_KEY = API_KEY
        batch = start_batch(("WEB-12", "a@x.example"))
        standin.fault(*INVITE, "cut_before")
        queue.send_next()
        control.stop(batch.pk, by=actor(paula))
        past = timezone.now() - timedelta(minutes=6)
        Invitation.objects.update(attempted_at=past, next_check_at=past)
        check_due()
        assert states() == ["not_sent"]


class TestPausedByTheDesk:
    def test_an_ended_sign_in_pauses_it_and_signing_in_lets_it_go_on(self, standin, start_batch, paula):
        batch = start_batch(("WEB-12", "a@x.example"))
        kept = AworkToken.objects.get()
        tokens.delete(paula)
        run()
        batch.refresh_from_db()
        assert (batch.state, batch.reason) == ("paused", "sign-in-expired")
        assert states() == ["queued"]
        assert standin.requests == []
        kept.save(force_insert=True)
        assert control.resume(batch.pk, by=actor(paula))
        later()
        run()
        assert states() == ["sent"]

    def test_a_sign_in_that_ends_on_the_way_pauses_it_too(self, standin, start_batch):
        batch = start_batch(("WEB-12", "a@x.example"))
        standin.grants.revoke()
        run()
        batch.refresh_from_db()
        assert (batch.state, batch.reason) == ("paused", "sign-in-expired")
        assert states() == ["queued"]

    @pytest.mark.parametrize("minutes", [-1, 60])  # before the first call, and during it
    def test_a_wrong_client_secret_pauses_it(self, standin, start_batch, paula, set_secret, minutes):
        batch = start_batch(("WEB-12", "a@x.example"), ("WEB-15", "b@x.example"))
        standin.grants.expire()
        AworkToken.objects.update(expires_at=timezone.now() + timedelta(minutes=minutes))
        set_secret("wrong")
        run()
        batch.refresh_from_db()
        assert (batch.state, batch.reason) == ("paused", "client-rejected")
        assert states() == ["queued", "queued"]
        set_secret("right")
        assert control.resume(batch.pk, by=actor(paula))
        later()
        run()
        assert states() == ["sent", "sent"]

    def test_the_firewall_costs_one_line_and_pauses_it(self, standin, start_batch):
        batch = start_batch(("WEB-12", "a@x.example"), ("WEB-15", "b@x.example"))
        standin.fault(*INVITE, "status", None, status=403, headers={"X-Edge-Ref": "edge-7"})
        run()
        batch.refresh_from_db()
        assert (batch.state, batch.reason) == ("paused", "firewall")
        assert states() == ["not_sent", "queued"]

    def test_an_inviter_who_lost_the_right_sends_nothing(self, standin, start_batch, paula):
        batch = start_batch(("WEB-12", "a@x.example"))
        User.objects.filter(pk=paula.pk).update(role="auditor")
        run()
        batch.refresh_from_db()
        assert (batch.state, batch.reason) == ("paused", "inviter-right")
        assert standin.requests == []

    def test_no_free_licence_pauses_and_resuming_sends_that_line_too(self, standin, start_batch, paula):
        batch = start_batch(("WEB-12", "a@x.example"), ("WEB-15", "b@x.example"))
        standin.world.seats = 0
        run()
        batch.refresh_from_db()
        assert (batch.state, batch.reason) == ("paused", "insufficient-seats")
        assert states() == ["refused", "queued"]
        standin.world.seats = 100
        control.resume(batch.pk, by=actor(paula))
        run()
        assert states() == ["sent", "sent"]
        batch.refresh_from_db()
        assert batch.state == "done"


def test_a_line_that_a_newer_policy_denies_is_not_sent(standin, start_batch, paula):
    start_batch(("WEB-12", "a@x.example"), ("WEB-15", "b@y.example"))
    guest = dict.fromkeys(("is_admin", "is_agent", "is_archived", "manages"), False) | {"is_guest": True}
    role_id = standin.world.role("guest").id
    RoleOption.objects.create(workspace=paula.workspace, role_id=role_id, name="Guest", **guest)
    factories.policy(paula, denied_domains=("x.example",), per_hour=1)
    run()
    assert [(line.state, line.reason) for line in lines()] == [("not_sent", "policy-changed"), ("sent", "")]


def test_a_line_later_than_a_newer_policys_latest_end_date_is_not_sent(standin, start_batch, paula):
    start_batch(("WEB-12", "a@x.example"), ("WEB-15", "b@y.example"))
    guest = dict.fromkeys(("is_admin", "is_agent", "is_archived", "manages"), False) | {"is_guest": True}
    role_id = standin.world.role("guest").id
    RoleOption.objects.create(workspace=paula.workspace, role_id=role_id, name="Guest", **guest)
    for line, days in zip(lines(), (31, 30), strict=True):
        Invitation.objects.filter(pk=line.pk).update(ends_on=clock.today() + timedelta(days))
    factories.policy(paula, end_terms=(EndTerm(role_id, "Guest", None, 30),))
    run()
    assert [(line.state, line.reason) for line in lines()] == [("not_sent", "policy-changed"), ("sent", "")]


def test_queued_lines_of_a_stopped_batch_become_not_sent(standin, start_batch, paula):
    batch = start_batch(("WEB-12", "a@x.example"), ("WEB-15", "b@x.example"))
    queue.send_next()
    control.stop(batch.pk, by=actor(paula))
    assert discard_stopped(lambda: True) == 1
    assert [(line.state, line.reason) for line in lines()] == [("sent", ""), ("not_sent", "batch-stopped")]
    assert types()[-1] == "invitation-not-sent"
    assert Batch.objects.get().state == "stopped"


def test_a_guest_erased_while_queued_is_not_sent(standin, start_batch, ada):
    start_batch(("WEB-12", "a@x.example"), ("WEB-12", "b@x.example"))
    erase("a@x.example", workspaces=[ada.workspace_id], by=actor(ada), reason="asked")
    run()
    assert states() == ["not_sent", "sent"]
    assert standin.count(*INVITE) == 1
