"""How far a batch is, how fast, and when the rest will be sent."""

from datetime import timedelta

import pytest
import time_machine

from invites.batches.progress import Progress, counts_of
from tests.invites.factories import NOON, batch, person

pytestmark = pytest.mark.django_db


def seconds_ago(number):
    return NOON - timedelta(seconds=number)


def progress_of(lines, **fields):
    made = batch(person(), lines, **fields)
    with time_machine.travel(NOON, tick=False):
        return Progress.of(made)


def test_lines_are_counted_by_what_became_of_them():
    states = ["queued", "requested", "sent", "sent", "refused", "not_sent", "unclear"]
    found = progress_of([{"state": state} for state in states])
    assert (found.total, found.waiting, found.finished) == (7, 2, 5)
    assert (found.failed, found.unclear) == (2, 1)
    assert [str(line.state) for line in found.lines(["sent"])] == ["sent", "sent"]
    assert found.lines().count() == 7


def test_several_batches_are_counted_at_once(django_assert_num_queries):
    user = person()
    first, second = batch(user, [{}, {"state": "sent"}]), batch(user, [{"state": "sent"}])
    with django_assert_num_queries(1):
        counts = counts_of([first.pk, second.pk])
    assert counts == {first.pk: {"queued": 1, "sent": 1}, second.pk: {"sent": 1}}


def test_the_rate_is_that_of_the_last_minute():
    sent = [{"state": "sent", "attempted_at": seconds_ago(number)} for number in (30, 20, 15, 10, 5, 1)]
    earlier = [{"state": "sent", "attempted_at": seconds_ago(90)}] * 50
    found = progress_of([*sent, *earlier, *[{}] * 20])
    assert found.rate == 12  # six in half a minute
    assert found.minutes_left == 2


@pytest.mark.parametrize(
    "sent",
    [
        [],
        [{"state": "sent", "attempted_at": seconds_ago(30)}] * 4,
        [{"state": "sent", "attempted_at": seconds_ago(2)}] * 40,
        [{"state": "queued", "attempted_at": seconds_ago(30)}] * 40,
    ],
    ids=["none", "few", "just begun", "queued again"],
)
def test_a_rate_that_says_nothing_yet_is_unknown(sent):
    found = progress_of([*sent, {}])
    assert (found.rate, found.minutes_left) == (None, None)


def test_no_rate_is_expected_that_awork_does_not_allow():
    sent = [{"state": "sent", "attempted_at": seconds_ago(6)}] * 60
    assert progress_of([*sent, {}]).rate == 500


@pytest.mark.parametrize(
    ("state", "line", "moving", "followed"),
    [
        ("running", "queued", True, True),
        ("running", "sent", True, True),  # a worker is about to say that it's done
        ("paused", "queued", False, True),
        ("paused", "requested", True, True),
        ("stopped", "queued", True, True),  # to be marked as not sent
        ("stopped", "not_sent", False, False),
        ("stopped", "requested", True, True),
        ("done", "unclear", False, False),
    ],
)
def test_a_batch_is_followed_until_nothing_changes_by_itself(state, line, moving, followed):
    found = progress_of([{"state": line}], state=state)
    assert (found.is_moving, found.is_followed) == (moving, followed)


def test_only_a_running_batch_has_a_rate():
    sent = [{"state": "sent", "attempted_at": seconds_ago(30)}] * 20
    assert progress_of([*sent, {}], state="paused").rate is None
