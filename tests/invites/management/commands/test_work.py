import os
import signal
import threading
import time
from datetime import timedelta
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from invites.models import DutyRun, Invitation, State, WorkerProcess
from portal import clock
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


def run_once():
    DutyRun.objects.update(due_at=clock.now())
    out = StringIO()
    call_command("work", once=True, stdout=out)
    return out.getvalue()


def test_it_settles_what_is_due_and_never_sends(standin, send, new_invitation):
    standin.fault(*INVITE, kind="cut_after")
    invitation = send(new_invitation())
    assert run_once() == "invitations sent: 0\nother rows processed: 0\n"

    later(invitation, seconds=11)
    standin.requests.clear()
    assert run_once() == "invitations sent: 0\nother rows processed: 2\n"  # and asks about its guest
    assert Invitation.objects.get().state == State.SENT
    assert standin.count(*INVITE) == 0
    assert run_once() == "invitations sent: 0\nother rows processed: 0\n"


def test_the_log_has_its_version(standin, caplog):
    run_once()
    lines = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    assert [line["version"] for line in lines if line["event"] == "a worker started"] == [settings.VERSION]


def test_cron_runs_a_duty_once_in_its_period(standin, send, new_invitation):
    run_once()
    standin.fault(*INVITE, kind="cut_after")
    later(send(new_invitation()), seconds=11)
    call_command("work", once=True, stdout=StringIO())
    assert Invitation.objects.get().state == State.UNCLEAR

    DutyRun.objects.update(due_at=clock.now() - timedelta(seconds=1))
    call_command("work", once=True, stdout=StringIO())
    assert Invitation.objects.get().state == State.SENT


def test_a_failed_duty_is_named_and_cron_hears_of_it(standin, send, new_invitation, caplog):
    standin.fault(*INVITE, kind="cut_after")
    later(send(new_invitation()), seconds=11)
    Invitation.objects.update(assignees_before=[{"id": "no UUID"}])
    with pytest.raises(CommandError, match=r"^Failed, see the log: reconcile$"):
        run_once()
    assert DutyRun.objects.get(name="reconcile").error
    assert "a row failed" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_it_repeats_until_it_is_stopped():
    timer = threading.Timer(0.6, os.kill, [os.getpid(), signal.SIGTERM])
    timer.start()
    began = time.monotonic()
    call_command("work")

    assert 0.5 < time.monotonic() - began < 5
    assert not WorkerProcess.objects.exists()
