"""`/invitations/<id>/`: the record of one invitation."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from invites.audit.catalogue import EventType
from invites.audit.record import record
from portal.actor import Actor
from portal.awork.schemas import Exchange
from tests.invites.factories import batch, invitation, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def paula(client):
    user = person()
    client.force_login(user)
    return user


def actor(user):
    return Actor(user.workspace_id, user.awork_id, user.name, user.email, "192.0.2.7", "tests")


def page(client, found) -> str:
    response = client.get(f"/invitations/{found.id}/")
    assert response.status_code == 200
    return response.content.decode()


def test_it_tells_state_answer_and_what_happened(client, paula):
    found = invitation(paula, status=200, trace_id="trace-7", duration_ms=312)
    with transaction.atomic():
        record(EventType.INVITATION_REQUESTED, by=actor(paula), snapshot=found.snapshot)
        exchange = Exchange("POST", "/tasks/assignuserbyemail", 200, "", "trace-7", 312)
        record(EventType.INVITATION_SENT, by=actor(paula), snapshot=found.snapshot, exchange=exchange)
    shown = page(client, found)
    assert 'data-state="sent">Sent<' in shown
    for words in ("trace-7", "312 ms", "Paula Planer asked to invite", "Paula Planer invited Carla Creative"):
        assert words in shown
    assert shown.index("asked to invite") < shown.index("Paula Planer invited")


def test_calls_to_awork_are_technical_details_and_not_in_the_story(client, paula):
    found = invitation(paula, status=200, trace_id="trace-7", duration_ms=312)
    with transaction.atomic():
        exchange = Exchange("POST", "/tasks/assignuserbyemail", 200, "", "trace-7", 312)
        record(EventType.INVITATION_SENT, by=actor(paula), snapshot=found.snapshot, exchange=exchange)
    story, details = page(client, found).split('<details id="technical">')
    for words in ("trace-7", "312 ms", "/tasks/assignuserbyemail", "200"):
        assert words in details
    for words in ("trace-7", "312 ms", "/tasks/assignuserbyemail"):
        assert words not in story


@pytest.mark.parametrize(
    ("role", "is_linked"), [("manager", False), ("lead", False), ("auditor", True), ("administrator", True)]
)
def test_events_are_linked_for_whoever_may_read_the_log(client, paula, role, is_linked):
    type(paula).objects.update(role=role)
    found = invitation(paula)
    with transaction.atomic():
        event = record(EventType.INVITATION_SENT, by=actor(paula), snapshot=found.snapshot)
    shown = page(client, found)
    assert "Paula Planer invited Carla Creative" in shown
    assert (f'href="/audit/{event.sequence}/"' in shown) is is_linked


def test_the_story_of_a_retry_is_in_order_and_an_earlier_check_is_not_the_last(client, paula):
    being_sent = timezone.now() + timedelta(minutes=1)
    found = invitation(paula, state="requested", attempts=2, lease_expires_at=being_sent)
    with transaction.atomic():
        for event, outcome, details in (
            (EventType.INVITATION_REQUESTED, "", {}),
            (EventType.INVITATION_UNCLEAR, "unclear", {"reason": "no-answer"}),
            (EventType.INVITATION_SETTLED, "not_sent", {"evidence": "unknown address"}),
            (EventType.INVITATION_REQUESTED, "", {"attempt": 2}),
        ):
            record(event, by=actor(paula), snapshot=found.snapshot, outcome=outcome, details=details)
    shown = page(client, found)
    told = ["asked to invite", "unclear whether", "checked with awork", "retried the invitation"]
    assert told == sorted(told, key=shown.index)
    assert "data-checked" not in shown


@pytest.mark.parametrize(
    ("role", "number", "said"),
    [
        ("manager", 0, "no policy yet"),
        ("manager", 3, "<dt>Policy</dt> <dd> version 3 </dd>"),
        ("administrator", 3, 'href="/policy/3/" >version 3</a>'),
    ],
)
def test_it_tells_the_version_of_the_policy_that_let_it_pass(client, paula, role, number, said):
    type(paula).objects.update(role=role)
    shown = page(client, invitation(paula, policy_version=number))
    assert said in re.sub(r"\s+", " ", shown)


def test_a_refusal_says_why_what_awork_said_and_what_to_do(client, paula):
    found = invitation(
        paula,
        state="refused",
        status=400,
        reason="insufficient-seats",
        awork_message="No seats <left>",
        duration_ms=9,
    )
    shown = page(client, found)
    assert "The workspace has no free licence." in shown
    assert "<q>No seats &lt;left&gt;</q>" in shown
    assert "<code>insufficient-seats</code>" in shown
    assert "Edit and retry" in shown


def test_a_reason_of_the_portals_own_is_not_shown_as_aworks_code(client, paula):
    shown = page(client, invitation(paula, state="unclear", status=500, reason="no-answer", duration_ms=9))

    assert "We got no clear answer from awork" in shown
    assert "<code>" not in shown


@pytest.mark.parametrize("state", ["requested", "unclear"])
def test_what_may_have_been_sent_offers_no_way_to_send_it_again(client, paula, state):
    being_sent = timezone.now() + timedelta(minutes=1)
    shown = page(client, invitation(paula, state=state, lease_expires_at=being_sent))
    assert "Edit and retry" not in shown
    assert "/retry/" not in shown
    assert "Invite another guest to this task" not in shown


@pytest.mark.parametrize(("team", "offered"), [("not_restored", True), ("restored", False), ("kept", False)])
def test_the_team_can_be_put_back_where_it_is_not(client, paula, team, offered):
    found = invitation(
        paula,
        assignees_state=team,
        assignees_missing=[{"id": "7", "first_name": "Ada", "last_name": "Admin"}],
    )
    shown = page(client, found)
    assert (f'action="/invitations/{found.id}/restore-assignees/"' in shown) is offered
    assert ("Ada Admin" in shown) is (team != "kept")


@pytest.mark.parametrize(
    ("team", "said"),
    [
        ("deferred", "The assignees are restored after the last guest of this task in the batch."),
        ("passed_on", "The assignees were checked after a later guest of this task in the batch."),
    ],
)
def test_assignees_that_the_batch_takes_care_of_are_said_so(client, paula, team, said):
    found = invitation(paula, assignees_state=team)
    assert said in page(client, found)
    assert "restore-assignees" not in page(client, found)


def test_a_line_names_its_batch_and_says_that_it_is_queued(client, paula):
    found = batch(paula, [{}, {"state": "sent"}])
    first, second = found.invitations.order_by("line")
    shown = page(client, first)
    assert re.search(rf'href="/batches/{found.id}/"\s*>Line 1<', shown)
    assert "The invitation is queued. It is sent when its turn in the batch comes." in shown
    assert 'data-state="queued">Queued<' in shown
    assert re.search(rf'href="/batches/{found.id}/"\s*>Line 2<', page(client, second))
    assert "/batches/" not in page(client, invitation(paula)).partition("<main")[2]


def test_no_answer_is_said_so(client, paula):
    assert "no answer" in page(client, invitation(paula, state="unclear", duration_ms=15000))


def test_it_leads_to_the_task_in_awork(client, paula):
    found = invitation(paula)
    shown = page(client, found)
    assert f'href="https://app.awork.com/tasks/{found.task_id}"' in shown
    assert 'href=""' not in shown


def test_events_of_another_workspace_never_show(client, paula):
    found = invitation(paula)
    stranger = person("Eve Else", workspace="Elsewhere")
    with transaction.atomic():
        record(EventType.INVITATION_SENT, by=actor(stranger), snapshot=found.snapshot)
    assert "Eve Else" not in page(client, found)


def test_records_of_others_and_of_nobody_are_not_there(client, paula):
    colleague = invitation(person("Mara Manager"))
    stranger = invitation(person("Eve Else", workspace="Elsewhere"))
    for key in (colleague.id, stranger.id, uuid4()):
        assert client.get(f"/invitations/{key}/").status_code == 404
