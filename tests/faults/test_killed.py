"""kill -9 of a real gunicorn at each recorded step: after a start and reconciliation all is right."""

import threading
import time
from contextlib import suppress

import httpx
import pytest

from tests import served
from tests.faults.desk import desk

pytestmark = pytest.mark.xdist_group("killed")
SECONDS = 3.0

# where it dies: the step recorded, the request under way, how many such pass before, its fault; the state
DEATHS = {
    "before awork is asked": ("reading", "GET", "/tasks/{task}", 0, "delay_after", "not_sent"),
    "asked, the effect yet to come": ("inviting", "POST", "assignuserbyemail", 0, "delay_before", "sent"),
    "asked, nothing happens": ("inviting", "POST", "assignuserbyemail", 0, "lost", "not_sent"),
    "asked, the effect had": ("inviting", "POST", "assignuserbyemail", 0, "delay_after", "sent"),
    "confirmed": ("checking", "GET", "/tasks/{task}", 1, "delay_after", "sent"),
    "putting the team back": ("restoring", "POST", "/setassignees", 0, "delay_before", "sent"),
    "people are back, their efforts not": ("restoring", "POST", "/setassignees", 0, "delay_after", "sent"),
    "giving efforts back": ("restoring", "POST", "/setplannedefforts", 0, "delay_after", "sent"),
}


@pytest.fixture(scope="module")
def office():
    with desk() as one:
        yield one


def efforts(task):
    return {
        one["id"]: None if one["isDistributedPlannedEffort"] else one["plannedEffort"]
        for one in task["assignees"]
    }


def lose(office, method, part):
    """The request gets nowhere: awork hangs and forgets it."""
    body = {"code": "server-error", "description": "", "traceId": "t"}
    served.switch(office.awork, "set", delay=1.0)
    served.switch(office.awork, "fault", method=method, path_part=part, kind="status", status=500, body=body)


@pytest.mark.parametrize("where", DEATHS)
def test_whoever_is_killed_leaves_enough_to_be_right_afterwards(office, where):
    step, method, part, skip, fault, state = DEATHS[where]
    number = list(DEATHS).index(where)
    key = ["WEB-12", "WEB-15", "WEB-20", "WEB-21", "WEB-23", "WEB-24", "WEB-26", "WEB-27"][number]
    task, email = office.task(key), f"guest{number}@studio.example"
    before = efforts(task)
    form = office.form(key, email)
    part = part.format(task=task["id"])
    if fault == "lost":
        lose(office, method, part)
    else:
        served.switch(
            office.awork, "fault", method=method, path_part=part, kind=fault, skip=skip, seconds=SECONDS
        )

    def press():
        with suppress(httpx.HTTPError):
            office.browser.post("/invite/", data=form)

    pressing = threading.Thread(target=press)
    pressing.start()
    office.wait_for(task["id"], step)
    time.sleep(0.3)
    office.kill()
    pressing.join()
    time.sleep(SECONDS)
    served.switch(office.awork, "set", delay=0)

    office.start()
    record = office.browser.get("/invitations/").raise_for_status().text
    assert 'data-state="requested"' in record
    office.let_time_pass()
    for _ in range(2):
        served.manage(office.told, "reconcile_invites")
        office.let_time_pass()

    now = efforts(office.task(key))
    guest = set(now) - set(before)
    assert office.last("state") == state
    assert bool(guest) == (state == "sent")
    assert before.items() <= now.items(), "somebody is missing"
    assert office.invited(email) <= 1
    served.manage(office.told, "verify_audit")
    assert office.browser.get("/invitations/").status_code == 200
