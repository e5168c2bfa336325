"""Whether people still belong to their workspace, without a session of theirs."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from portal import actor, sessions
from portal.accounts.access_check import AccessUnconfirmed
from portal.accounts.membership import is_member
from portal.models import AworkToken, User
from portal.standin.environment import API_KEY

pytestmark = pytest.mark.django_db


@pytest.fixture
def paula(client, sign_in):
    sign_in(client, "paula")
    return aged(User.objects.get(first_name="Paula"), minutes=16)


def aged(user, **ago):
    User.objects.filter(pk=user.pk).update(confirmed_at=timezone.now() - timedelta(**ago))
    user.refresh_from_db()
    return user


def signed_out(user):
    AworkToken.objects.filter(user=user).delete()
    return user


def asks(user):
    return is_member(user, by=actor.for_user(user))


def leaves(standin):
    standin.world.change(standin.world.person("paula"), is_deactivated=True)


def test_awork_is_asked_as_the_person(paula, standin):
    assert asks(paula)
    aged(paula, minutes=16)
    leaves(standin)
    assert not asks(paula)
    paula.refresh_from_db()
    assert paula.left_at
    standin.requests.clear()
    assert not asks(paula)
    assert standin.requests == []


def test_who_has_signed_out_is_looked_up_with_the_api_key(paula, standin, settings):
    settings.AWORK_API_KEY = API_KEY
    signed_out(paula)
    assert asks(paula)
    leaves(standin)
    assert not asks(paula)


def test_or_by_a_member_who_sees_all_users(paula, standin, sign_in):
    sign_in(Client(), "ada")
    signed_out(paula)
    assert asks(paula)
    leaves(standin)
    assert not asks(paula)


def test_where_nobody_can_look_the_last_confirmation_counts_for_a_week(paula, standin):
    signed_out(paula)
    leaves(standin)
    assert asks(paula)
    aged(paula, seconds=sessions.MAX_AGE.total_seconds() + 1)
    with pytest.raises(AccessUnconfirmed):
        asks(paula)


def test_whoever_comes_back_is_a_member_again(paula, standin, client, sign_in):
    leaves(standin)
    assert not asks(paula)
    standin.world.change(standin.world.person("paula"), is_deactivated=False)
    sign_in(client, "paula")
    assert asks(User.objects.get(pk=paula.pk))
