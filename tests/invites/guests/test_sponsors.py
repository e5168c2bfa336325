"""Sponsors who have left the workspace without coming here again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from invites.attention.registry import counts
from invites.guests.sponsors import check_sponsors
from invites.models import Guest
from portal.models import AworkToken, User
from portal.standin.environment import API_KEY
from tests.invites.factories import guest, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def paula(client, standin, sign_in):
    """Paula, who sponsors Carla and wasn't here for two days."""
    sign_in(client, "paula")
    user = User.objects.get(first_name="Paula")
    guest(user, state="joined")
    return unseen(user)


def unseen(user):
    User.objects.filter(pk=user.pk).update(confirmed_at=timezone.now() - timedelta(days=2))
    return user


def check():
    return check_sponsors(lambda: True)


@pytest.mark.parametrize("is_signed_out", [False, True])
def test_a_sponsor_who_left_awork_is_none_any_more(paula, standin, settings, is_signed_out):
    settings.AWORK_API_KEY = API_KEY
    if is_signed_out:
        AworkToken.objects.all().delete()
    mona = person("Mona", role="lead")
    User.objects.filter(pk=mona.pk).update(workspace=paula.workspace)
    mona.refresh_from_db()
    assert check() == 0
    assert Guest.objects.get().current_sponsor == paula
    unseen(paula)
    standin.world.change(standin.world.person("paula"), is_deactivated=True)
    assert check() == 1
    assert Guest.objects.get().current_sponsor is None
    assert counts(mona)["no-sponsor"] == 1
    standin.requests.clear()
    assert check() == 0
    assert standin.requests == []


def test_nobody_is_asked_about_who_was_here_or_sponsors_nobody(paula, standin):
    Guest.objects.update(state="ended")
    assert check() == 0
    Guest.objects.update(state="joined")
    User.objects.update(confirmed_at=timezone.now() - timedelta(hours=23))
    standin.requests.clear()
    assert check() == 0
    assert standin.requests == []


def test_an_awork_that_does_not_answer_changes_nothing(paula, standin):
    AworkToken.objects.all().delete()
    User.objects.update(confirmed_at=timezone.now() - timedelta(days=8))
    assert check() == 0
    assert Guest.objects.get().current_sponsor == paula


def test_it_stops_when_told_to(paula):
    assert check_sponsors(lambda: False) == 0
