"""kill -9 of a real gunicorn at each recorded step: after a restart and reconciliation, all is consistent."""

import threading
import time
from contextlib import suppress

import httpx
import pytest

from tests import served
from tests.faults.running_desk import running_desk

pytestmark = pytest.mark.xdist_group("killed")
SECONDS = 3.0

# name: recorded step, request in progress (method, path, number skipped), fault, state when reconciled
KILL_POINTS = {
    "before the invitation": ("reading", "GET", "/tasks/{task}", 0, "delay_after", "not_sent"),
    "invitation not yet processed": ("inviting", "POST", "assignuserbyemail", 0, "delay_before", "sent"),
    "invitation lost": ("inviting", "POST", "assignuserbyemail", 0, "lost", "not_sent"),
    "invitation processed": ("inviting", "POST", "assignuserbyemail", 0, "delay_after", "sent"),
    "invitation confirmed": ("checking", "GET", "/tasks/{task}", 1, "delay_after", "sent"),
    "reassigning": ("restoring", "POST", "/setassignees", 0, "delay_before", "sent"),
    "reassigned without efforts": ("restoring", "POST", "/setassignees", 0, "delay_after", "sent"),
    "restoring efforts": ("restoring", "POST", "/setplannedefforts", 0, "delay_after", "sent"),
}


@pytest.fixture(scope="module")
def desk():
    with running_desk() as one:
        yield one


def efforts(task):
    return {
        one["id"]: None if one["isDistributedPlannedEffort"] else one["plannedEffort"]
        for one in task["assignees"]
    }


def lose_request(desk, method, part):
    """Let awork hang and drop the request."""
    body = {"code": "server-error", "description": "", "traceId": "t"}
    served.control(desk.awork, "set", delay=1.0)
    served.control(desk.awork, "fault", method=method, path_part=part, kind="status", status=500, body=body)


@pytest.mark.parametrize("where", KILL_POINTS)
def test_a_killed_portal_recovers_from_what_it_recorded(desk, where):
    step, method, part, skip, fault, state = KILL_POINTS[where]
    number = list(KILL_POINTS).index(where)
    key = ["WEB-12", "WEB-15", "WEB-20", "WEB-21", "WEB-23", "WEB-24", "WEB-26", "WEB-27"][number]
    task, email = desk.task(key), f"guest{number}@studio.example"
    before = efforts(task)
    form = desk.form(key, email)
    part = part.format(task=task["id"])
    if fault == "lost":
        lose_request(desk, method, part)
    else:
        served.control(
            desk.awork, "fault", method=method, path_part=part, kind=fault, skip=skip, seconds=SECONDS
        )

    def submit():
        with suppress(httpx.HTTPError):
            desk.browser.post("/invite/", data=form)

    submitting = threading.Thread(target=submit)
    submitting.start()
    desk.wait_for(task["id"], step)
    time.sleep(0.3)
    desk.kill()
    submitting.join()
    time.sleep(SECONDS)
    served.control(desk.awork, "set", delay=0)

    desk.start()
    record = desk.browser.get("/invitations/").raise_for_status().text
    assert 'data-state="requested"' in record
    desk.expire_leases()
    for _ in range(2):
        served.manage(desk.env, "work", "--once")
        desk.expire_leases()

    now = efforts(desk.task(key))
    guest = set(now) - set(before)
    assert desk.latest("state") == state
    assert bool(guest) == (state == "sent")
    assert before.items() <= now.items(), "an assignee is missing"
    assert desk.invitations_received(email) <= 1
    served.manage(desk.env, "verify_audit")
    assert desk.browser.get("/invitations/").status_code == 200
