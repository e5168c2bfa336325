import re

import pytest

from invites.audit.models import Event
from invites.models import Invitation, State, Step
from invites.sending.create import create
from tests.invites.conftest import actor, die_before, later

pytestmark = pytest.mark.django_db
INVITE = ("POST", "/tasks/assignuserbyemail")
CHECKED = r'Checked with awork:</strong>\s+%s[^<]+<span class="soft">\s*<time'


@pytest.fixture
def unclear(standin, send, new_invitation):
    standin.fault(*INVITE, kind="cut_after")
    return send(new_invitation())


def test_the_button_settles_it(client, unclear, standin):
    page = client.get(unclear.get_absolute_url()).content.decode()
    assert f'action="/invitations/{unclear.id}/check/"' in page
    assert "Retry" not in page

    response = client.post(f"/invitations/{unclear.id}/check/", follow=True)
    assert 'data-state="sent"' in response.content.decode()
    assert (
        "turned out to be: sent (the address is on the task, seen as the inviter)."
        in response.content.decode()
    )
    assert re.search(
        CHECKED % r"The invitation was sent \(the address is on the task", response.content.decode()
    )
    assert "awork confirmed the invitation and e-mails" not in response.content.decode()
    assert standin.count(*INVITE) == 1


def test_a_check_that_settles_nothing_says_when_it_was_and_what_was_found(
    client, standin, send, new_invitation
):
    standin.fault(*INVITE, kind="cut_before")
    invitation = send(new_invitation())
    assert "data-checked" not in client.get(invitation.get_absolute_url()).content.decode()

    page = client.post(f"/invitations/{invitation.id}/check/", follow=True).content.decode()
    assert re.search(CHECKED % "It's still unclear", page)
    assert "checked with awork whether Carla Creative was invited to WEB-12" in page
    event = Event.objects.get(type="invitation-checked")
    assert (event.outcome, event.details) == ("unclear", {"reason": "cannot-see", "access": "inviter"})


def test_opening_the_record_looks_when_a_look_is_due(client, unclear):
    client.get(unclear.get_absolute_url())
    assert Invitation.objects.get().state == State.UNCLEAR  # ten seconds are not over

    later(unclear, seconds=11)
    page = client.get(unclear.get_absolute_url()).content.decode()
    assert 'data-state="sent"' in page


def test_opening_the_record_of_a_dead_process_settles_it(client, standin, new_invitation, paula):
    invitation, _ = create(new_invitation(), by=actor(paula))
    die_before(standin, invitation, Step.READING)
    page = client.get(invitation.get_absolute_url()).content.decode()

    assert 'data-state="not_sent"' in page
    assert "Sending was interrupted before we asked awork." in page


def test_the_page_says_what_a_person_can_look_at(client, standin, send, new_invitation):
    standin.fault(*INVITE, kind="cut_before")
    invitation = send(new_invitation())
    page = client.post(f"/invitations/{invitation.id}/check/", follow=True).content.decode()

    assert 'data-state="unclear"' in page
    assert "Anyone who can see all users in awork can search for the address there." in page


def test_an_ended_sign_in_does_not_hide_the_record(client, standin, unclear):
    standin.grants.revoke()
    later(unclear, seconds=11)
    response = client.get(unclear.get_absolute_url())

    assert response.status_code == 200
    assert 'data-state="unclear"' in response.content.decode()


def test_other_peoples_invitations_are_not_found(client, unclear, sign_in):
    sign_in(client, "mona")
    assert client.post(f"/invitations/{unclear.id}/check/").status_code == 404
