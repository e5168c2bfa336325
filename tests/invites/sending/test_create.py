"""Saving an invitation before awork is asked."""

from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection

from invites.models import Invitation, State
from invites.policy.recheck import AlreadyInvited, StaleForm
from invites.sending.create import create
from tests.invites.conftest import actor, types

pytestmark = pytest.mark.django_db
INVITE = ("POST", "/tasks/assignuserbyemail")


def test_it_is_saved_before_awork_is_asked(standin, paula, new_invitation):
    standin.requests.clear()
    invitation, is_new = create(new_invitation(), by=actor(paula))

    assert is_new
    assert invitation.state == State.REQUESTED
    assert types() == ["invitation-requested"]
    assert standin.count(*INVITE) == 0


def test_one_form_creates_one_invitation(standin, send, new_invitation):
    unsaved = new_invitation()
    first, second = send(unsaved), send(unsaved)

    assert first.pk == second.pk
    assert standin.count(*INVITE) == 0  # counted since the second time
    assert Invitation.objects.count() == 1


def test_the_form_key_of_another_user_gives_no_access_to_their_invitation(
    standin, send, new_invitation, paula, sign_in, client
):
    unsaved = new_invitation()
    send(unsaved)
    sign_in(client, "mona")
    mona = type(paula).objects.get(awork_id=standin.world.person("mona").id)

    with pytest.raises(StaleForm):
        create(new_invitation(inviter=mona, form_key=unsaved.form_key), by=actor(mona))


@pytest.mark.parametrize("written", ["carla@creative.example", "CARLA@creative.example"])
def test_an_address_can_be_invited_to_a_task_once(send, new_invitation, paula, written):
    first = send(new_invitation())

    with pytest.raises(AlreadyInvited) as caught:
        create(new_invitation(email=written), by=actor(paula))
    assert caught.value.invitation == first


def test_the_same_address_can_be_invited_to_another_task(send, new_invitation):
    send(new_invitation("WEB-12"))

    assert send(new_invitation("WEB-13")).state == State.SENT


def test_without_its_event_nothing_is_saved(standin, new_invitation, paula):
    unsaved = new_invitation()
    standin.requests.clear()
    with connection.cursor() as cursor:  # undone with the test's transaction
        cursor.execute("ALTER TABLE audit_event RENAME TO audit_event_gone")

    with pytest.raises(DatabaseError):
        create(unsaved, by=actor(paula))
    assert not Invitation.objects.exists()
    assert not standin.requests


@pytest.mark.parametrize("field", ["role_id", "first_name", "keep_assignees"])
def test_only_a_repeated_form_or_address_is_taken_for_one(new_invitation, paula, field):
    create(new_invitation(), by=actor(paula))
    with pytest.raises(IntegrityError):
        create(new_invitation("WEB-13", **{field: None}), by=actor(paula))


def test_a_form_key_is_used_once_whatever_the_form_contains(new_invitation, paula):
    key = uuid4()
    first = new_invitation(form_key=key, email="one@creative.example")
    other = new_invitation(form_key=key, email="other@creative.example")
    made, _ = create(first, by=actor(paula))

    assert create(other, by=actor(paula)) == (made, False)
