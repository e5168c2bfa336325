"""Pausing, resuming, stopping and retrying a batch by its buttons."""

import pytest

from invites.audit.models import Event
from tests.invites.factories import batch, invitation, person, policy
from tests.invites.views.pages import text

pytestmark = pytest.mark.django_db


@pytest.fixture
def paula(client):
    user = person()
    client.force_login(user)
    return user


def press(client, found, verb):
    """The page that follows; its notice is the first paragraph of a status."""
    response = client.post(f"/batches/{found.id}/{verb}/", follow=True)
    assert response.redirect_chain == [(f"/batches/{found.id}/", 302)]
    found.refresh_from_db()
    return text(response)


@pytest.mark.parametrize(
    ("verb", "before", "after", "notice", "event"),
    [
        ("pause", "running", "paused", "The batch was paused.", "batch-paused"),
        ("resume", "paused", "running", "The batch goes on.", "batch-resumed"),
        ("stop", "running", "stopped", "The batch was stopped. What was sent stays sent.", "batch-stopped"),
        ("stop", "paused", "stopped", "The batch was stopped. What was sent stays sent.", "batch-stopped"),
    ],
)
def test_the_inviter_controls_the_batch(client, paula, verb, before, after, notice, event):
    found = batch(paula, [{}], state=before)
    shown = press(client, found, verb)
    assert found.state == after
    assert f'data-tone="success" data-focus role="status"> <p>{notice}</p>' in shown
    assert Event.objects.get(type=event).actor_name == "Paula Planer"


@pytest.mark.parametrize(
    ("verb", "state", "notice"),
    [
        ("pause", "paused", "This batch is already paused."),
        ("pause", "done", "This batch is already done."),
        ("resume", "running", "This batch is already running."),
        ("stop", "stopped", "This batch is already stopped."),
    ],
)
def test_of_two_who_press_at_once_the_other_is_told_the_state(client, paula, verb, state, notice):
    found = batch(paula, [{}], state=state)
    shown = press(client, found, verb)
    assert found.state == state
    assert f'data-tone="info" data-focus role="status"> <p>{notice}</p>' in shown
    assert not Event.objects.exists()


def test_stopping_asks_first_and_says_what_it_means(client, paula):
    found = batch(paula, [{"state": "sent"}, {}, {}])
    shown = text(client.get(f"/batches/{found.id}/stop/"))
    assert "1 of 3 lines have a result. What was sent stays sent." in shown
    assert f'action="/batches/{found.id}/stop/"' in shown
    found.refresh_from_db()
    assert found.state == "running"


def test_what_has_ended_is_not_asked_to_be_stopped(client, paula):
    found = batch(paula, [{}], state="done")
    response = client.get(f"/batches/{found.id}/stop/", follow=True)
    assert "This batch is already done." in text(response)


def test_failed_lines_are_queued_again(client, paula):
    found = batch(paula, [{"state": "refused"}, {"state": "not_sent"}, {"state": "sent"}], state="done")
    shown = press(client, found, "retry")
    assert "2 lines were queued again." in shown
    assert found.state == "running"
    assert sorted(found.invitations.values_list("state", flat=True)) == ["queued", "queued", "sent"]


def test_nothing_to_retry_says_so(client, paula):
    found = batch(paula, [{"state": "sent"}], state="done")
    assert "There are no failed lines to retry now." in press(client, found, "retry")
    assert found.state == "done"


def test_a_limit_of_the_policy_is_explained(client, paula):
    policy(paula, per_hour=1)
    found = batch(paula, [{"state": "refused"}, {"state": "refused"}], state="done")
    invitation(paula)
    shown = press(client, found, "retry")
    assert "limit of 1 invitation per hour" in shown
    assert 'data-tone="warning" data-focus role="status"' in shown
    assert found.state == "done"


def test_an_administrator_pauses_and_stops_but_does_not_send_for_others(client):
    found = batch(person("Mara Manager"), [{}])
    client.force_login(person(role="administrator"))
    press(client, found, "pause")
    assert found.state == "paused"
    for verb in ("resume", "retry"):
        assert client.post(f"/batches/{found.id}/{verb}/").status_code == 404
    press(client, found, "stop")
    assert found.state == "stopped"


@pytest.mark.parametrize("role", ["manager", "lead", "auditor"])
@pytest.mark.parametrize("verb", ["pause", "stop"])
def test_others_only_read(client, role, verb):
    found = batch(person("Mara Manager"), [{}])
    client.force_login(person(role=role))
    assert client.post(f"/batches/{found.id}/{verb}/").status_code == 404
    found.refresh_from_db()
    assert found.state == "running"


def test_an_administrator_elsewhere_stops_nothing(client):
    found = batch(person("Mara Manager"), [{}])
    client.force_login(person(workspace="Elsewhere", role="administrator"))
    assert client.post(f"/batches/{found.id}/stop/").status_code == 404
