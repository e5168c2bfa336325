"""A batch's state in sentences."""

import pytest

from invites.batches.describe import PAUSED, describe
from invites.batches.progress import Progress
from invites.messages import PAUSE_REASONS
from invites.models import WorkerProcess
from portal import clock
from tests.invites.factories import batch, person

pytestmark = pytest.mark.django_db


def said(reader, inviter, lines=({},), **fields):
    return describe(Progress.of(batch(inviter, lines, **fields)), reader)


@pytest.mark.parametrize(
    ("reason", "own", "others"),
    [
        ("", "until you select “Resume”", "until Paula Planer resumes"),
        ("sign-in-expired", "Your awork sign-in has expired.", "Paula Planer has to sign in again"),
        ("client-rejected", "Tell an administrator", "Paula Planer can resume"),
        ("firewall", "firewall blocked a request", "Paula Planer can resume"),
        ("inviter-right", "You may no longer invite", "Paula Planer may no longer invite"),
        ("insufficient-seats", "no free licence", "Paula Planer can resume"),
        ("server-error", "Something went wrong in awork.", "Something went wrong in awork."),
    ],
)
def test_a_pause_says_why_and_who_has_to_do_what(reason, own, others):
    paula, lea = person(), person("Lea Lead")
    assert own in said(paula, paula, state="paused", reason=reason)
    assert others in said(lea, paula, state="paused", reason=reason)


def test_a_running_batch_says_when_assignees_are_restored_or_that_no_worker_runs():
    paula = person()
    assert "no worker is running" in said(paula, paula)
    WorkerProcess.objects.create(host="desk", pid=1, started_at=clock.now(), seen_at=clock.now())
    assert "Assignees are restored after the last guest of each task." in said(paula, paula)


def test_a_stopped_batch_says_what_becomes_of_the_other_lines():
    paula = person()
    assert "are being marked as not sent" in said(paula, paula, state="stopped")
    assert "were not sent" in said(paula, paula, [{"state": "not_sent"}], state="stopped")


def test_a_batch_that_is_done_says_how_many_lines_failed():
    paula = person()
    assert said(paula, paula, [{"state": "sent"}], state="done") == "Nothing is left to send."
    failed = [{"state": "refused"}, {"state": "not_sent"}, {"state": "unclear"}]
    assert said(paula, paula, failed, state="done").startswith("2 lines failed.")


def test_each_pause_has_a_sentence_for_the_log_too():
    assert PAUSE_REASONS.keys() == PAUSED.keys()
