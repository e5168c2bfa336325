"""Every call that ends an access with every fault, over real sockets; see `test_matrix` for the faults."""

import pytest
from django.utils import timezone

from invites.audit import verify
from invites.endings.create import create
from invites.endings.send import send
from invites.endings.work import end_due
from invites.models import Ending, EndingCause, EndingKind, EndingState
from portal.awork import http, timeouts
from portal.locks import NamedLock
from tests.faults import report
from tests.faults.test_matrix import FAULTS, ONCE, SLOW, refuse, shorten_timeout
from tests.invites.conftest import actor
from tests.invites.endings.conftest import CARLA, assigned_guest, signed_in

pytestmark = pytest.mark.django_db
TASK, PROJECT, WORKSPACE, ACTIVATION = EndingKind
EDGE = {"X-Edge-Ref": "e", "Trace-Id": "t"}
EVERY = {
    **FAULTS,
    "timeout after the effect": ("delay_after", {"seconds": 60}),
    "cut halfway": ("cut_midway", {}),
    "403 of the firewall": ("status", {"status": 403, "headers": EDGE, "body": ""}),
    "success without effect": ("status", {"status": 204, "body": "", "effect": False}),
}

# name: method, part of the path, number of matching requests to skip
CALLS = {
    "end at a task": (TASK, "POST", "/setassignees", 0),
    "task after": (TASK, "GET", "/tasks/", 1),
    "end in a project": (PROJECT, "POST", "/removeprojectmember", 0),
    "deactivate": (WORKSPACE, "POST", "/deactivate", 0),
    "activate": (ACTIVATION, "POST", "/activate", 0),
}
STAYING = {"ada@nordlicht.example", "paul@nordlicht.example"}
OPEN = {EndingState.REQUESTED, EndingState.WAITING, EndingState.UNCLEAR}


@pytest.fixture(autouse=True)
def without_delays(monkeypatch):
    monkeypatch.setattr(timeouts, "RETRY_DELAYS", (0.01, 0.02))


@pytest.fixture
def ending(standin, call):
    """What this call is part of, confirmed by Ada."""
    kind = CALLS[call][0]
    guest = assigned_guest(standin, signed_in(standin, "paula", "manager"))
    ada = signed_in(standin, "ada", "administrator")
    if kind == ACTIVATION:
        standin.world.change(standin.world.person(CARLA), is_deactivated=True)
    (one,) = create(guest, kind, user=ada, by=actor(ada), cause=EndingCause.PERSON)
    return one


def has_effect(standin, kind):
    world = standin.world
    guest = world.person(CARLA)
    if kind == TASK:
        return CARLA not in world.assigned("WEB-12")
    if kind == PROJECT:
        return guest.id not in world.project_members(world.projects[world.task("WEB-12").project_id])
    return guest.is_deactivated == (kind == WORKSPACE)


def restore_awork(standin):
    """Make awork work again, and let it finish delayed requests."""
    standin.faults.reset()
    with standin.standin.lock:
        assert standin.standin.lock.wait_for(lambda: not standin.standin.in_flight, timeout=30)


def go_on():
    """Let time pass for the worker."""
    for _ in range(4):
        http.breaker.reset()
        http.rate_limiter.reset()
        long_ago = timezone.now() - timezone.timedelta(minutes=10)
        Ending.objects.exclude(next_check_at=None).update(next_check_at=long_ago)
        Ending.objects.exclude(attempted_at=None).update(attempted_at=long_ago)
        Ending.objects.update(lease_expires_at=long_ago)
        NamedLock.objects.all().delete()
        end_due(lambda: True)


@pytest.mark.parametrize("fault", EVERY)
@pytest.mark.parametrize("call", CALLS)
def test_an_end_is_never_lost_doubled_or_misreported(standin, ending, monkeypatch, call, fault):
    kind, method, part, skip = CALLS[call]
    stop_refusing, refused = (lambda: None), []
    if EVERY[fault] is None:
        refused, stop_refusing = refuse(monkeypatch, method, part, skip)
    else:
        name, options = EVERY[fault]
        standin.fault(method, part, name, 1 if fault in ONCE else None, skip=skip, **options)
        if fault in {*SLOW, "timeout after the effect"}:
            shorten_timeout(monkeypatch, method, part, skip)
    with timeouts.wait_budget(0):
        send(ending, by=actor(ending.user))
    ending.refresh_from_db()
    shown = ending.state
    assert refused or any(one.happened for one in standin.faults.pending)
    if shown == EndingState.DONE:
        assert has_effect(standin, kind)
    restore_awork(standin)
    stop_refusing()
    was_done, asked = has_effect(standin, kind), standin.count("POST", part)

    go_on()
    ending.refresh_from_db()
    assert ending.state not in OPEN
    assert (ending.state == EndingState.DONE) == has_effect(standin, kind)
    if was_done:
        assert standin.count("POST", part) == asked
    assert set(standin.world.assigned("WEB-12")) >= STAYING
    assert ending.assignees_missing == []
    result = verify.verify(ending.workspace_id, [])
    assert result.problem is None and result.events
    report.record_cell(call, fault, shown, ending.state, "")
