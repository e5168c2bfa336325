"""`/guests/<id>/`: one guest, as awork shows them now."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from invites.models import Guest, Invitation
from portal.models import User
from tests.invites import factories

pytestmark = pytest.mark.django_db
CARLA = "carla@creative.example"


@pytest.fixture
def carla(standin, send, new_invitation):
    """Carla, invited by Paula, who is signed in."""
    send(new_invitation())
    standin.requests.clear()
    return Guest.objects.get()


def page(client, guest):
    return " ".join(client.get(f"/guests/{guest.id}/").content.decode().split())


def test_opening_the_page_asks_awork_and_shows_the_state(client, standin, carla):
    shown = page(client, carla)
    assert 'class="stack wide" data-state="pending"' in shown
    assert "for 0 days" in shown
    assert "Carla Creative has not accepted the invitation to awork yet." in shown

    standin.world.change(standin.world.person(CARLA), invitation_accepted=True)
    Guest.objects.update(checked_at=None)
    shown = page(client, carla)
    assert 'data-state="joined"' in shown
    assert "Carla Creative has joined awork." in shown


def test_it_shows_projects_and_open_tasks_as_the_reader_may_see_them(client, standin, carla):
    shown = page(client, carla)
    assert "<li>Website Relaunch</li>" in shown
    assert '<span class="key">WEB-12</span> Write copy' in shown
    assert "As awork shows it to you" in shown
    assert standin.count("GET", "/assignedtasks") == 1


def test_a_done_task_is_not_open(client, standin, carla):
    task = standin.world.task("WEB-12")
    done = next(one for one in standin.world.tasks.values() if one.status_type == "done")
    standin.world.tasks[task.id] = replace(task, status=done.status, status_type=done.status_type)
    assert '<span class="key">WEB-12</span> Write copy' not in page(client, carla)


def test_awork_away_is_said_and_what_was_seen_stays(client, standin, carla):
    page(client, carla)
    Guest.objects.update(checked_at=None)
    standin.fault("GET", "/users/", kind="status", times=None, status=503)
    shown = page(client, carla)
    assert "awork didn't say how this guest is now. What follows was seen before." in shown
    assert 'data-state="pending"' in shown
    assert "awork didn't say." in shown


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"is_deactivated": True}, "Nothing: the account is deactivated or archived in awork."),
        (None, "Nothing: awork has no such user any more."),
    ],
)
def test_whose_access_has_ended_reaches_nothing(client, standin, carla, fields, said):
    if fields:
        standin.world.change(standin.world.person(CARLA), **fields)
    else:
        del standin.world.people[standin.world.person(CARLA).id]
    assert said in page(client, carla)
    assert standin.count("GET", "/assignedtasks") == 0


def test_an_unknown_account_is_said_to_be_unknown(client, standin, carla):
    Invitation.objects.update(guest_id=None)
    Guest.objects.update(awork_id=None)
    assert "nobody who is signed in can see the guest's account in awork" in page(client, carla)


def test_the_invitation_tells_that_the_guest_has_joined(client, standin, carla):
    standin.world.change(standin.world.person(CARLA), invitation_accepted=True)
    page(client, carla)
    story = client.get(f"/invitations/{carla.invitation_id}/").content.decode()
    assert "Carla Creative has joined awork." in story
    assert f'href="/guests/{carla.id}/"' in story


def test_a_manager_sees_their_own_invitations_of_the_guest_only(client, standin, carla, paula):
    other = factories.person("Mara Manager")
    User.objects.filter(pk=other.pk).update(workspace=paula.workspace)
    other.refresh_from_db()
    factories.invitation(other, email=CARLA, task_key="POD-9")
    theirs = factories.guest(other, of=factories.invitation(other, email="ben@creative.example"))
    assert "POD-9" not in page(client, carla)
    assert client.get(f"/guests/{theirs.id}/").status_code == 404


def test_a_guest_of_another_workspace_is_not_found(client, paula):
    stranger = factories.guest(factories.person("Otto Other", workspace="Other"))
    assert client.get(f"/guests/{stranger.id}/").status_code == 404


def test_a_pending_guest_can_be_written_to(client, standin, carla):
    shown = client.get(f"/guests/{carla.id}/").content.decode()
    assert "awork can't send its invitation again." in shown
    assert f"https://app.awork.com/tasks/{standin.world.task('WEB-12').id}" in shown
    assert (
        'href="mailto:carla@creative.example?subject=Your%20invitation%20to%20awork%3A%20Write%20copy&amp;'
        in shown
    )
    assert "Remind the guest" in shown
    Guest.objects.update(invited_at=timezone.now() - timedelta(days=7))
    assert "Pending for a long time" in page(client, carla)


def test_who_has_joined_needs_no_reminder(client, standin, carla):
    standin.world.change(standin.world.person(CARLA), invitation_accepted=True)
    assert "mailto:" not in page(client, carla)


def test_who_is_gone_can_be_invited_again(client, standin, carla):
    standin.world.change(standin.world.person(CARLA), is_deactivated=True)
    assert "Invite again" not in page(client, carla)
    del standin.world.people[standin.world.person(CARLA).id]
    Guest.objects.update(checked_at=None)
    shown = page(client, carla)
    assert 'href="/invite/?task=WEB-12&amp;email=carla%40creative.example&amp;first_name=Carla' in shown
    User.objects.update(role="auditor")
    assert "Invite again" not in page(client, carla)
