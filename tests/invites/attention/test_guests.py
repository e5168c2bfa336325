"""Guests who need attention, and those to be told of."""

from datetime import timedelta

import pytest

from invites.attention.guests import INVITED_LATELY, JOINED_LATELY, JOINED_SHOWN, just_joined
from portal import clock
from tests.invites.factories import guest, invitation, person

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def paula():
    return person()


def joined(inviter, number=0, **fields):
    made = invitation(inviter, email=f"guest{number}@creative.example")
    return guest(
        inviter,
        of=made,
        **{"state": "joined", "state_since": clock.now(), "invited_at": clock.now()} | fields,
    )


def test_inviter_and_sponsor_see_for_some_days_who_joined(paula):
    mara, mona = person("Mara Manager"), person("Mona Miller", role="lead")
    one = joined(paula, sponsor=mara)
    joined(paula, 2, state_since=clock.now() - JOINED_LATELY)
    joined(paula, 3, state="pending")
    joined(paula, 4, invited_at=clock.now() - INVITED_LATELY)
    assert [just_joined(user) for user in (paula, mara, mona)] == [[one], [one], []]


def test_the_last_ones_are_shown(paula):
    made = [
        joined(paula, number, state_since=clock.now() - number * HOUR) for number in range(JOINED_SHOWN + 1)
    ]
    assert just_joined(paula) == made[:-1]
