"""Every call for a comment on a task with every fault, over real sockets: see `tests.faults.test_matrix`."""

from datetime import timedelta

import pytest
from django.utils import timezone

from invites.audit import verify
from invites.comments.post import post_due
from invites.models import Invitation, State, TaskComment
from portal.awork import http, timeouts
from tests.faults import report
from tests.faults.journey import Journey
from tests.faults.test_matrix import FAULTS, ONCE, SLOW, refuse, shorten_timeout

pytestmark = pytest.mark.django_db
CALLS = {"comment posted": "POST", "comments listed": "GET"}
# A limit that ends in a second is waited for: this one is not, which takes less time.
OWN_FAULTS = FAULTS | {
    "429 with headers": ("rate_limited", {"reset": 600}),
    "429 without headers": ("status", {"status": 429, "headers": {"ratelimit-reset": "600"}}),
}


@pytest.fixture
def journey(standin, monkeypatch):
    monkeypatch.setattr(timeouts, "RETRY_DELAYS", (0.01, 0.02))
    http._client.cache_clear()
    yield Journey(standin)
    http._client.cache_clear()


def run(passed=timedelta(0)):
    """The duty, after some time."""
    TaskComment.objects.exclude(next_check_at=None).update(next_check_at=timezone.now())
    for one in TaskComment.objects.exclude(attempted_at=None):
        TaskComment.objects.filter(pk=one.pk).update(attempted_at=one.attempted_at - passed)
    post_due(lambda: True)


@pytest.mark.parametrize("call", CALLS)
def test_a_comment_is_never_doubled_and_its_invitation_stays_sent(journey, standin, monkeypatch, call):
    assert journey.sign_in()
    journey.fields["comment"] = "Carla helps us."
    assert journey.send() == "sent"
    before = Invitation.objects.values().get()
    invitation = journey.invitation()
    for fault in OWN_FAULTS:
        TaskComment.objects.all().delete()
        standin.world.comments.clear()
        now = timezone.now()
        comment = TaskComment.objects.create(invitation=invitation, text="Carla helps us.", next_check_at=now)
        if call == "comments listed":
            standin.fault("POST", "/comments", "cut_after")
            run()
        inject(journey, standin, monkeypatch, CALLS[call], fault)
        run()
        comment.refresh_from_db()
        shown = comment.state

        journey.restore_awork()
        for _ in range(3):
            run(timedelta(minutes=10))
        comment.refresh_from_db()
        posted = len(standin.world.comments)
        assert posted == (comment.state == State.SENT), fault
        assert comment.state in {State.SENT, State.NOT_SENT, State.REFUSED}, fault
        assert Invitation.objects.values().get() == before
        report.record_cell(call, fault, shown, comment.state, invitation.assignees_state)
    assert verify.verify(invitation.workspace_id, []).problem is None


def inject(journey, standin, monkeypatch, method, fault):
    """Let matching calls fail until awork is restored."""
    if OWN_FAULTS[fault] is None:
        _, journey.stop_refusing = refuse(monkeypatch, method, "/comments", 0)
        return
    kind, options = OWN_FAULTS[fault]
    standin.fault(method, "/comments", kind, 1 if fault in ONCE else None, **options)
    if fault in SLOW:
        shorten_timeout(monkeypatch, method, "/comments", 0)
