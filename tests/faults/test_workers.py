"""Workers killed, suspended or restarted in the middle of a batch: nothing is lost, nothing sent twice."""

import os
import signal
import time
from itertools import islice

import pytest
from django.db import connection  # noqa: F401  # named in skipif

from tests import served
from tests.faults.running_desk import running_desk
from tests.faults.webhook import SECRET, add_webhook, is_delivered, position
from tests.faults.workers import (
    count,
    efforts,
    invited,
    is_done,
    kill,
    lines_of,
    run_module,
    start_batch,
    wait_until,
    workers,
)
from tests.invites.stream.receiver import receiving

pytestmark = pytest.mark.xdist_group("killed")
TASKS = iter(["WEB-12", "WEB-15", "WEB-20", "WEB-21", "WEB-23", "WEB-24", "WEB-26", "WEB-27"] * 2)
GUESTS, AT_ONCE = 6, 4


@pytest.fixture(scope="module")
def desk():
    with running_desk(delay=20) as one:
        served.control(one.awork, "set", seats=10_000, per_second=1000, per_minute=60_000)
        yield one


@pytest.fixture
def before(desk):
    """The assignees of four tasks before the batch, which begins now."""
    keys = list(islice(TASKS, AT_ONCE))
    found = {key: efforts(desk.task(key)) for key in keys}
    start_batch(desk, [(key, f"{len(invited(desk))}.{email}") for key, email in lines_of(keys, GUESTS)])
    return found


def check_all(desk, before):
    """Every guest was invited exactly once, and stands on the task with everyone from before."""
    assert set(invited(desk).values()) == {1}
    assert count(desk, "sent") == len(before) * GUESTS
    for key in before:
        now = efforts(desk.task(key))
        assert before[key].items() <= now.items(), f"{key} lost an assignee or their planned effort"
        assert len(now) == len(before[key]) + GUESTS, key


def settle(desk):
    """Let the leases of processes that are gone run out, and wait for the end."""
    deadline = (
        time.monotonic() + 120
    )  # PostgreSQL ends those of a suspended process in turn, one of 20 s for each of its threads
    while not is_done(desk):
        assert time.monotonic() < deadline, desk.sql(
            "SELECT state, step, reason, assignees_state FROM invites_invitation WHERE batch_id IS NOT NULL"
        )
        stuck = count(desk, "sent")
        time.sleep(1)
        if count(desk, "sent") == stuck:
            desk.expire_leases()


def test_a_webhook_gets_every_event_in_order_though_its_worker_is_killed(desk):
    running, killed = [], []

    def answer(handler):
        """Accept few events at once, so that there are many requests; store the third, and don't answer."""
        body = handler.read()
        if body.count(b"\n") > 4:
            handler.say(413)
            return
        receiver.store({name.lower(): value for name, value in handler.headers.items()}, body)
        if len(receiver.batches) == 3:
            killed.extend(map(kill, running))
        else:
            handler.say(200)

    start_batch(desk, lines_of(["WEB-28"], 5))
    with receiving(answer) as receiver:
        receiver.secret = SECRET
        add_webhook(desk, receiver.url)
        with workers(desk) as running:
            wait_until(lambda: killed)
        desk.expire_leases()
        with workers(desk, 2):
            wait_until(lambda: is_delivered(desk))
    assert receiver.numbers == list(range(1, position(desk) + 1))
    desk.sql("DELETE FROM invites_webhook")
    assert receiver.batches[3][0] == receiver.batches[2][0]  # what it had stored came once more


@pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="it may be suspended with SQLite's file locked"
)
def test_one_worker_of_three_is_killed_and_one_is_suspended_past_its_lease(desk, before):
    with workers(desk, 3) as (killed, suspended, _):
        wait_until(lambda: count(desk, "sent") >= 6)
        kill(killed)
        os.kill(suspended.pid, signal.SIGSTOP)
        settle(desk)
        os.kill(suspended.pid, signal.SIGCONT)
        time.sleep(1)
    check_all(desk, before)


def test_everything_is_killed_and_started_again(desk, before):
    with workers(desk) as (worker,):
        wait_until(lambda: count(desk, "sent") >= 8)
        kill(worker)
        desk.kill()
    with workers(desk):
        settle(desk)
    desk.start()
    check_all(desk, before)


def test_a_worker_told_to_end_finishes_what_it_has_in_hand(desk, before):
    with workers(desk) as (worker,):
        wait_until(lambda: count(desk, "sent") >= 4)
        worker.terminate()
        assert worker.wait(10) == 0
        assert count(desk, "requested") == 0
        (left,) = desk.sql(f"SELECT COUNT(*) FROM invites_workerprocess WHERE pid = {worker.pid}")
        assert left == (0,)
    sent = count(desk, "sent")
    assert 4 <= sent < len(before) * GUESTS
    with workers(desk):
        wait_until(lambda: is_done(desk))
    check_all(desk, before)


def test_a_worker_killed_before_it_gets_the_answer_to_an_ending(desk):
    """awork has unassigned the guest; the next worker finds that out by looking, and asks nothing more."""
    task, post = "WEB-29", {"method": "POST", "path_part": "/setassignees"}
    start_batch(desk, [(task, "ended@studio.example")])
    with workers(desk) as (worker,):
        wait_until(lambda: is_done(desk))
        assigned, asked = efforts(desk.task(task)), served.control(desk.awork, "count", **post)["count"]
        served.control(desk.awork, "fault", kind="delay_after", seconds=2, **post)
        run_module(desk, "tests.faults.start_ending")
        wait_until(lambda: len(efforts(desk.task(task))) == len(assigned) - 1)
        kill(worker)
    assert desk.sql("SELECT state FROM invites_ending") == [("sending",)]
    desk.expire_leases()
    with workers(desk, 2):
        wait_until(lambda: desk.sql("SELECT state FROM invites_ending") == [("done",)])
    types = [type for (type,) in desk.sql("SELECT type FROM audit_event WHERE type LIKE 'ending-%'")]
    assert sorted(types) == ["ending-requested", "ending-settled"]
    assert efforts(desk.task(task)).items() <= assigned.items()
    wait_until(lambda: served.control(desk.awork, "count", **post)["count"] == asked + 1)


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no connections to lose")
def test_the_database_restarts_in_the_middle(desk, before):
    cut = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with workers(desk, 2):
        wait_until(lambda: count(desk, "sent") >= 6)
        desk.sql(cut)
        settle(desk)
    check_all(desk, before)
