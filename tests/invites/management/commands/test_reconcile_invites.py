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
    """The command takes them over."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


def run(**options):
    out = StringIO()
    call_command("reconcile_invites", stdout=out, **options)
    return out.getvalue()


def test_it_settles_what_is_due_and_never_sends(standin, send, new_invitation):
    standin.fault(*INVITE, kind="cut_after")
    invitation = send(new_invitation())
    assert run() == "looked at 0\n"

    later(invitation, seconds=11)
    standin.requests.clear()
    assert run() == "looked at 1\n"
    assert Invitation.objects.get().state == State.SENT
    assert standin.count(*INVITE) == 0
    assert run() == "looked at 0\n"


def test_what_somebody_else_has_looked_at_meanwhile_is_left_alone(standin, send, new_invitation, monkeypatch):
    standin.fault(*INVITE, kind="cut_before", times=2)
    ours, theirs = send(new_invitation()), send(new_invitation("WEB-13"))
    for invitation in (ours, theirs):
        later(invitation, seconds=11)
    looked = []

    def look(invitation, **_):
        looked.append(invitation.pk)
        Invitation.objects.filter(pk=theirs.pk).update(next_check_at=timezone.now() + timedelta(minutes=1))
        return True

    monkeypatch.setattr("invites.management.commands.reconcile_invites.reconcile", look)
    assert run() == "looked at 1\n"
    assert looked == [ours.pk]


@pytest.mark.django_db(transaction=True)
def test_it_goes_on_until_it_is_asked_to_stop():
    timer = threading.Timer(0.6, os.kill, [os.getpid(), signal.SIGTERM])
    timer.start()
    began = time.monotonic()
    run(every=0.1)

    assert 0.5 < time.monotonic() - began < 5
