"""End dates that need attention."""

from datetime import timedelta

import pytest

from invites.attention.registry import counts, groups
from invites.models import Guest
from portal import clock
from tests.invites.factories import guest, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def paula():
    return person()


def found(user):
    return [
        (group.source.kind, item.detail, item.action)
        for group in groups(user, counts(user))
        for item in group.items
    ]


def ending(paula, days, **fields):
    return guest(paula, state="joined", ends_on=clock.today() + timedelta(days), **fields)


def test_a_near_end_is_for_the_sponsor_and_those_who_manage_guests(paula):
    ending(paula, 14)
    [(kind, detail, action)] = found(paula)
    assert (kind, action) == ("end-soon", "View")
    assert detail.endswith(" · WEB-12 Write copy")
    [(_, detail, _)] = found(person("Mona", role="lead"))
    assert detail.endswith(" · Sponsor: Paula Planer")
    assert found(person("Mara Manager")) == found(person("Paul", role="auditor")) == []
    Guest.objects.update(ends_on=clock.today() + timedelta(15))
    assert found(paula) == []


@pytest.mark.parametrize(
    ("end_state", "said"), [("asked", "Last day of access was"), ("waiting", "waits for an administrator")]
)
def test_a_passed_end_stays_until_somebody_decides(paula, end_state, said):
    one = ending(paula, -1, end_state=end_state)
    [(kind, detail, action)] = found(paula)
    assert (kind, action) == ("end-due", "Prolong or end")
    assert said in detail
    one.change_end(clock.today() + timedelta(90))
    one.save()
    assert found(paula) == []


def test_an_end_that_the_desk_does_itself_is_nothing_to_decide(paula):
    ending(paula, -1, end_state="started")
    assert found(paula) == []
