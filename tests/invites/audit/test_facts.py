"""An event's page shows values as people read them, for every type of event."""

import re
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from invites.audit.catalogue import Access, EventType, Evidence
from invites.audit.models import Person
from invites.audit.record import record
from invites.models import AssigneesState, Reason, State
from invites.policy.rules import NamedRef, Rules
from invites.policy.versions import save_version
from portal.awork.schemas import Assignee, Exchange
from portal.signals import SignInRefusal

pytestmark = pytest.mark.django_db
REFUSED = Exchange("POST", "/tasks/assignuserbyemail", 400, "insufficient-seats", "0af765", 37)
BEN = Assignee(uuid4(), "Ben", "Bär")
ROLE_CHANGE = {"before": "manager", "after": "auditor"}
OLD_KEY, NEW_KEY = ("A" * 43 + "=", "B" * 42 + "A=")
SIGNATURES = " ".join(["A" * 86 + "=="] * 2)
STATED = f"{UUID(int=1)} 3 {'a' * 64} 2026-11-28T12:00:00.000000Z 3"
HANDOVER = f"audit-handover-1 {STATED} {OLD_KEY} {NEW_KEY} {SIGNATURES}"

# The details that each type is recorded with, and what its page shows of them.
RECORDED = {
    EventType.SIGNED_IN: ({"role": "manager", "pending_role": "auditor"}, ["Desk role Manager", "Auditor"]),
    EventType.SIGNED_OUT: ({"elsewhere": 2}, ["Sessions ended elsewhere 2"]),
    EventType.SIGN_IN_REFUSED: ({"reason": SignInRefusal.GUEST.value}, ["Reason a guest of the workspace"]),
    EventType.SESSION_EXPIRED: ({"reason": SignInRefusal.BLOCKED.value}, ["Reason blocked"]),
    EventType.INVITATION_REQUESTED: (
        {"policy": 0, "attempt": 2},
        ["Policy none saved at that time", "Attempt 2"],
    ),
    EventType.INVITATION_SENT: ({}, ["Task WEB-12 Write <b>copy</b>", "Guest Carla Creative"]),
    EventType.INVITATION_REFUSED: (
        {"reason": "insufficient-seats"},
        ["Reason The workspace has no free licence."],
    ),
    EventType.INVITATION_NOT_SENT: (
        {"reason": Reason.UNREACHABLE.value},
        ["Reason We couldn't reach awork."],
    ),
    EventType.INVITATION_UNCLEAR: (
        {"reason": Reason.NO_ANSWER.value},
        ["We got no clear answer from awork."],
    ),
    EventType.INVITATION_CHECKED: (
        {"reason": Reason.TOO_EARLY.value, "access": Access.API_KEY.value},
        ["Reason No user in awork has this address yet.", "Seen seen with the API key"],
    ),
    EventType.INVITATION_SETTLED: (
        {"evidence": Evidence.HISTORY.value, "access": Access.API_KEY.value},
        ["Evidence the history of the task shows it", "Seen seen with the API key"],
    ),
    EventType.INVITATION_DISMISSED: ({}, ["dismissed the invitation of Carla Creative"]),
    EventType.ASSIGNEES_KEPT: ({}, []),
    EventType.ASSIGNEES_RESTORED: ({}, ["Assigned Ben Bär"]),
    EventType.ASSIGNEES_NOT_RESTORED: ({}, ["Assigned Ben Bär"]),
    EventType.ASSIGNEES_RELEASED: ({}, ["Assigned Ben Bär"]),
    EventType.ASSIGNEES_REPLACED: ({}, ["Assigned Ben Bär"]),
    EventType.GUEST_ASSIGNMENT_REQUESTED: ({}, ["Task WEB-12"]),
    EventType.GUEST_ASSIGNED: ({}, ["Guest Carla Creative"]),
    EventType.GUEST_NOT_ASSIGNED: ({"reason": Reason.UNREACHABLE.value}, ["Reason We couldn't reach awork."]),
    EventType.GUEST_ASSIGNMENT_UNCLEAR: ({"reason": Reason.NO_ANSWER.value}, ["We got no clear answer"]),
    EventType.GUEST_PENDING: ({}, ["has not accepted the invitation to awork yet"]),
    EventType.GUEST_JOINED: ({}, ["Guest Carla Creative", "has joined awork"]),
    EventType.GUEST_ENDED: ({}, ["was deactivated or archived in awork"]),
    EventType.GUEST_MOVED: ({}, ["was moved to awork Connect"]),
    EventType.GUEST_GONE: ({}, ["is no longer in the workspace"]),
    EventType.GUEST_END_DATE_SET: (
        {"ends_on": "2026-12-31", "previous": "2026-11-30"},
        ["Ends on 31 Dec 2026", "Before 30 Nov 2026"],
    ),
    EventType.GUEST_END_WARNED: (
        {"ends_on": "2026-12-31", "days": 14},
        ["Ends on 31 Dec 2026", "Days before 14", "that the last day of access of"],
    ),
    EventType.GUEST_END_DATE_PASSED: ({"ends_on": "2026-12-31"}, ["31 Dec 2026, has passed"]),
    EventType.GUEST_END_DATE_REMOVED: ({"previous": "2026-11-30"}, ["Before 30 Nov 2026"]),
    EventType.GUEST_HANDED_OVER: ({}, ["Guest Carla Creative", "the sponsor of"]),
    EventType.ENDING_REQUESTED: (
        {"ending": "task", "cause": "end-date"},
        ["asked to unassign Carla Creative from WEB-12", "Cause the end date came"],
    ),
    EventType.ENDING_WAITING: (
        {"ending": "project", "reason": Reason.SIGN_IN_EXPIRED.value},
        ["waits: The awork sign-in of the person who confirmed it has expired."],
    ),
    EventType.ENDING_DONE: (
        {"ending": "workspace", "deleted_projects": 2, "reassigned_projects": 1},
        [
            "deactivated Carla Creative in awork",
            "Private projects deleted 2",
            "Private projects reassigned 1",
        ],
    ),
    EventType.ENDING_REFUSED: (
        {"ending": "workspace", "reason": "unauthorized"},
        ["awork refused to deactivate Carla Creative: awork doesn"],
    ),
    EventType.ENDING_NOT_DONE: (
        {"ending": "task", "reason": "invited-again"},
        ["was not unassigned from WEB-12", "The guest was invited again"],
    ),
    EventType.ENDING_UNCLEAR: (
        {"ending": "project", "reason": Reason.NO_ANSWER.value},
        ["unclear whether awork removed Carla Creative from the project", "no clear answer from awork"],
    ),
    EventType.ENDING_CHECKED: (
        {"ending": "workspace", "reason": "checking"},
        ["still unclear: awork doesn", "Reason awork doesn"],
    ),
    EventType.ENDING_SETTLED: (
        {"ending": "task", "seen_in": "assignees"},
        ["is still assigned to WEB-12", "Seen in the task"],
    ),
    EventType.ACTIVATION_REQUESTED: ({"ending": "activation"}, ["asked to activate Carla Creative in awork"]),
    EventType.ACTIVATION_WAITING: (
        {"ending": "activation", "reason": "right-lost"},
        ["waits: The person who confirmed it may no longer do so by their desk role."],
    ),
    EventType.ACTIVATION_DONE: ({"ending": "activation"}, ["awork sends them an e-mail"]),
    EventType.ACTIVATION_REFUSED: (
        {"ending": "activation", "reason": "insufficient-seats"},
        ["awork refused to activate Carla Creative again: The workspace has no free licence."],
    ),
    EventType.ACTIVATION_NOT_DONE: ({"ending": "activation"}, ["was not activated in awork again"]),
    EventType.ACTIVATION_UNCLEAR: ({"ending": "activation"}, ["unclear whether awork activated Carla"]),
    EventType.ACTIVATION_CHECKED: ({"ending": "activation"}, ["whether Carla Creative is active again"]),
    EventType.ACTIVATION_SETTLED: (
        {"ending": "activation", "seen_in": "user", "access": "user"},
        ["is still deactivated there", "Seen in the guest's account", "Seen seen with the access that was"],
    ),
    EventType.GUESTS_EXPORTED: ({"rows": 4, "filters": {}}, ["Rows exported 4", "none: all"]),
    EventType.INVITATIONS_EXPORTED: ({"rows": 4, "filters": {}}, ["Rows exported 4", "none: all"]),
    EventType.REVIEW_STARTED: (
        {"guests": 2, "left_out": 1, "due": "2026-12-12", "unanswered": "kept", "project": "Podcast"},
        [
            "started a review of 2 guests.",
            "Due day 12 Dec 2026",
            "Without an answer They keep their access, and the report names them",
            "Left out, as they had no access 1",
            "Project Podcast",
        ],
    ),
    EventType.GUEST_REVIEWED: (
        {"review": str(UUID(int=9)), "has_reason": True, "rest": True},
        [
            "confirmed in a review that Carla Creative is still needed",
            "With a reason, which the review has yes",
            "Confirmed with all the rest of the page yes",
        ],
    ),
    EventType.REVIEW_CLOSED: (
        {"confirmed": 2, "ended": 1, "unanswered": 1234},
        ["closed a review of guests: 2 confirmed, 1 ended, 1,234 without an answer."],
    ),
    EventType.REVIEW_EXPORTED: ({"rows": 3}, ["exported the report of a review: 3 guests."]),
    EventType.BATCH_STARTED: ({"lines": 12, "policy": 0}, ["Invitations 12", "Policy none saved"]),
    EventType.BATCH_PAUSED: (
        {"reason": Reason.SIGN_IN_EXPIRED.value},
        ["The desk paused a batch of", "Reason The inviter's awork sign-in has expired."],
    ),
    EventType.BATCH_RESUMED: ({"lines": 3}, ["retried 3 invitations of a batch"]),
    EventType.BATCH_STOPPED: ({}, ["stopped a batch"]),
    EventType.BATCH_FINISHED: ({}, ["was finished"]),
    EventType.ATTEMPT_REFUSED: (
        {"rule": "right", "right": "audit", "path": "/audit/", "more": 3, "seconds": 60},
        ["Permission read the audit log", "Page /audit/", "Further refusals 3"],
    ),
    EventType.ROLE_CHANGED: (ROLE_CHANGE, ["Desk role Manager → Auditor"]),
    EventType.ROLE_CONFIRMED: (ROLE_CHANGE, ["Desk role Manager → Auditor"]),
    EventType.ROLE_REJECTED: (ROLE_CHANGE, ["Desk role Manager → Auditor"]),
    EventType.EXPORTED: (
        {"rows": 12345, "filters": {"q": True, "type": "signed-in"}},
        ["Rows exported 12,345", "Filters Search, Event: signed in"],
    ),
    EventType.VERIFIED: (
        {"events": 7, "checkpoints": 2, "sequence": 8, "problem": "it is missing"},
        ["Verified up to event 7", "Problem it is missing"],
    ),
    EventType.ERASED: (
        {"pseudonym": "erased-1", "reason": "asked by e-mail", "erased": [[1, 0], [2, 0]], "invitations": 2},
        ["Reason asked by e-mail", "Entries of the log erased 2", "Invitations erased 2"],
    ),
    EventType.RESTORED: (
        {"last_after": 1240, "last_before": 1250},
        [
            "restored a backup. Events 1,241 to 1,250 were lost.",
            "Last event in the backup 1,240",
            "Last known event 1,250",
        ],
    ),
    EventType.FEED_KEY_CREATED: (
        {"feed": "calendar", "prefix": "deskfeed_abcdef"},
        ["Feed Calendar of end dates", "Begins with deskfeed_abcdef"],
    ),
    EventType.FEED_KEY_REVOKED: ({"feed": "attention"}, ["revoked their key", "Feed Needs attention"]),
    EventType.FEED_READ: ({"feed": "attention"}, ["was read for the first time on this day"]),
    EventType.API_TOKEN_CREATED: (
        {"purpose": "log books of Ada's", "prefix": "desk_Ab-_9x", "reads_portal": True},
        [
            "created an API token for log books of Ada's.",
            "Begins with desk_Ab-_9x",
            "Reads the portal's own events yes",
        ],
    ),
    EventType.API_TOKEN_REVOKED: ({"purpose": "SIEM", "prefix": "desk_Ab-_9x"}, ["Purpose SIEM"]),
    EventType.WEBHOOK_ADDED: (
        {"purpose": "SIEM", "receiver": "siem-1.studio.example:8443", "of_portal": True},
        [
            "added a webhook for SIEM, which sends the log to siem-1.studio.example:8443.",
            "Receiver siem-1.studio.example:8443",
            "Sends the portal's own events yes",
        ],
    ),
    EventType.WEBHOOK_CHANGED: ({"purpose": "SIEM", "receiver": "x.example"}, ["the webhook for SIEM."]),
    EventType.WEBHOOK_REMOVED: (
        {"purpose": "SIEM", "receiver": "x.example", "delivered": 1240},
        ["removed the webhook for SIEM.", "Delivered up to event 1,240"],
    ),
    EventType.COMMENT_REQUESTED: ({"hidden": True}, ["Hidden from users of awork Connect yes"]),
    EventType.COMMENT_POSTED: (
        {"evidence": "comments"},
        ["is on a task: the comments on the task show it"],
    ),
    EventType.COMMENT_NOT_POSTED: ({"reason": "no-answer"}, ["was not posted on a task"]),
    EventType.COMMENT_UNCLEAR: ({"reason": "no-answer"}, ["unclear whether awork posted the comment"]),
    EventType.AWORK_UPDATES: (
        {"action": "disconnect"},
        ["awork refused to end its updates about users", "Action disconnect updates from awork"],
    ),
    EventType.WEBHOOK_PARKED: (
        {"purpose": "SIEM", "receiver": "x.example", "parked_at": 1241, "problem": "it said no-way"},
        ["parked at event 1,241", "Parked at event 1,241", "Problem it said no-way"],
    ),
    EventType.LOG_READ: (
        {"purpose": "SIEM", "prefix": "desk_Ab-_9x"},
        ["read the log for the first time on this day (UTC).", "Begins with desk_Ab-_9x"],
    ),
    EventType.KEY_ROTATED: ({"handover": HANDOVER}, ["Old public key AA", "New public key BB"]),
}
OUTCOMES = {
    EventType.INVITATION_SENT: State.SENT,
    EventType.INVITATION_NOT_SENT: State.NOT_SENT,
    EventType.ASSIGNEES_NOT_RESTORED: AssigneesState.NOT_RESTORED,
    EventType.VERIFIED: "whole",
    EventType.AWORK_UPDATES: "refused",
}
ENUMS = (EventType, Reason, State, AssigneesState, SignInRefusal, Evidence, Access)
KEYS = {member.value for enum in ENUMS for member in enum if re.search("[_-]", member.value)}
DUMPS = re.compile(
    r"[{\[]['\"]|\bNone\b|\bTrue\b|\bFalse\b|\d{4}-\d\d-\d\dT|\bwhole\b|api_key"
    rf"|(?<![\w-])(?:{'|'.join(sorted(KEYS))})(?![\w-])"
)


def words(text):
    """The text of a page without its technical details."""
    text = re.sub(r"<details class=\"card\" id=\"technical\".*?</details>", " ", text, flags=re.DOTALL)
    text = text.partition("<main")[2]
    text = re.sub(r"<[^>]+>", " ", text)
    for entity, letter in (("&lt;", "<"), ("&gt;", ">"), ("&#x27;", "'"), ("&quot;", '"'), ("&amp;", "&")):
        text = text.replace(entity, letter)
    return " ".join(text.split())


def show(reader, event):
    return words(reader.get(event.get_absolute_url()).text)


def test_every_type_is_here():
    assert RECORDED.keys() | {EventType.SETTINGS_CHANGED} == set(EventType)


@pytest.mark.parametrize("type", RECORDED)
def test_values_are_shown_as_people_read_them(reader, paula, snapshot, type):
    details, expected = RECORDED[type]
    is_about_task = type.value.startswith(("invitation-", "team", "guest", "ending", "activation"))
    event = record(
        type,
        by=paula,
        snapshot=snapshot if is_about_task else None,
        details=details,
        exchange=REFUSED if type is EventType.INVITATION_REFUSED else None,
        outcome=str(OUTCOMES.get(type, "")),
        assignees=[BEN] if type.value.startswith("team") else [],
        others=[Person(kind="member", email="ben@nordlicht.example")]
        if type.value.startswith("role")
        else [],
    )
    shown = show(reader, event)
    for one in expected:
        assert one in shown
    assert not DUMPS.search(shown), DUMPS.search(shown)


def test_a_policy_shows_what_it_changed(reader, administrator, paula):
    guest, lead = NamedRef(uuid4(), "Guest"), NamedRef(uuid4(), "Lead")
    save_version(Rules(roles=(guest,), per_hour=3), after=0, saved_by=administrator, by=paula)
    save_version(
        Rules(roles=(guest, lead), default_role=lead.id, per_hour=5),
        after=1,
        saved_by=administrator,
        by=paula,
    )
    page = reader.get("/audit/2/").text
    shown = words(page)
    assert "Available roles added: Lead" in shown
    assert "Default role the guest role → Lead" in shown
    assert "Invitations in an hour 3 → 5" in shown
    assert "Own" not in shown
    assert 'href="/policy/2/"' in page
    assert not DUMPS.search(shown)


def test_names_lead_to_the_invitation_and_the_task(reader, paula, snapshot):
    event = record(EventType.INVITATION_SENT, by=paula, snapshot=snapshot)
    page = reader.get(event.get_absolute_url()).text
    assert f'href="/invitations/{snapshot.invitation}/"' in page
    assert f'href="https://app.awork.com/tasks/{snapshot.task_id}"' in page


@pytest.mark.parametrize("type", [type for type in EventType if type.value.startswith("batch-")])
def test_a_batch_is_linked(reader, paula, type):
    batch = uuid4()
    page = reader.get(record(type, by=paula, details={"batch": str(batch)}).get_absolute_url()).text
    assert f'<a href="/batches/{batch}/">View batch</a>' in page
    assert str(batch) not in words(page)


def test_what_is_no_batch_is_left_to_the_technical_details(reader, paula):
    event = record(EventType.BATCH_PAUSED, by=paula, details={"batch": "?", "lines": 3})
    assert "View batch" not in show(reader, event)


def test_what_is_hashed_is_among_the_technical_details(reader, paula, snapshot):
    event = record(EventType.INVITATION_REFUSED, by=paula, snapshot=snapshot, exchange=REFUSED)
    technical = reader.get(event.get_absolute_url()).text.partition('id="technical"')[2]
    assert "&quot;task_key&quot;: &quot;WEB-12&quot;" in technical
    assert "POST /tasks/assignuserbyemail" in technical


def test_details_of_a_later_version_are_left_to_the_technical_details(reader, paula):
    event = record(EventType.SIGNED_IN, by=paula, details={"moon": {"phase": ["new"]}, "role": ["odd"]})
    assert "moon" not in show(reader, event)
    assert "odd" not in show(reader, event)


def test_an_event_of_another_workspace_is_not_found(reader, paula):
    event = record(EventType.SIGNED_IN, by=replace(paula, workspace=uuid4()))
    assert reader.get(event.get_absolute_url()).status_code == 404
