import os
import signal
import threading
import time
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from invites.models import Invitation, State
from tests.invites.conftest import later

pytestmark = pytest.mark.django_db
INVITE = ("POST", "/tasks/assignuserbyemail")


@pytest.fixture(autouse=True)
def signals():
    """Restore the handlers that the command replaces."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


def run(**options):
    out = StringIO()
    call_command("reconcile_invites", stdout=out, **options)
    return out.getvalue()


def test_it_settles_what_is_due_and_never_sends(standin, send, new_invitation):
    standin.fault(*INVITE, kind="cut_after")
    invitation = send(new_invitation())
    assert run() == "invitations checked: 0\n"

    later(invitation, seconds=11)
    standin.requests.clear()
    assert run() == "invitations checked: 1\n"
    assert Invitation.objects.get().state == State.SENT
    assert standin.count(*INVITE) == 0
    assert run() == "invitations checked: 0\n"


def test_an_invitation_that_another_process_has_checked_is_skipped(
    standin, send, new_invitation, monkeypatch
):
    standin.fault(*INVITE, kind="cut_before", times=2)
    ours, theirs = send(new_invitation()), send(new_invitation("WEB-13"))
    for invitation in (ours, theirs):
        later(invitation, seconds=11)
    checked = []

    def fake_reconcile(invitation, **_):
        checked.append(invitation.pk)
        Invitation.objects.filter(pk=theirs.pk).update(next_check_at=timezone.now() + timedelta(minutes=1))
        return True

    monkeypatch.setattr("invites.management.commands.reconcile_invites.reconcile", fake_reconcile)
    assert run() == "invitations checked: 1\n"
    assert checked == [ours.pk]


@pytest.mark.django_db(transaction=True)
def test_it_repeats_until_it_is_stopped():
    timer = threading.Timer(0.6, os.kill, [os.getpid(), signal.SIGTERM])
    timer.start()
    began = time.monotonic()
    run(every=0.1)

    assert 0.5 < time.monotonic() - began < 5
