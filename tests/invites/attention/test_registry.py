"""What needs the attention of whom."""

from datetime import timedelta

import pytest
from django.http import QueryDict

from invites.attention import registry
from invites.attention.registry import COUNTED, counts, groups
from invites.filters import ATTENTION, InvitationFilter
from invites.models import Guest, Invitation
from invites.summary import Summary
from portal import clock
from portal.models import User
from tests.invites.factories import guest, invitation, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def paula():
    return person()


@pytest.fixture
def mona():
    return person("Mona Miller", role="lead")


def found(user):
    """How many items of which kind the person sees."""
    return {kind: count for kind, count in counts(user).items() if count}


def pending_for(user, days, **fields):
    made = invitation(user, email=f"pending{days}@creative.example")
    return guest(user, of=made, invited_at=clock.now() - timedelta(days=days), **fields)


def test_nothing_needs_attention_at_first(paula, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert found(paula) == {}
    assert list(groups(paula, counts(paula))) == []


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("unclear", {"state": "unclear"}),
        ("assignees", {"assignees_state": "not_restored"}),
        ("not-sent", {"state": "not_sent"}),
    ],
)
def test_invitations_are_for_their_inviter_and_those_who_see_all(paula, mona, kind, fields):
    one = invitation(paula, **fields)
    assert found(paula) == found(mona) == found(person("Paul", role="auditor")) == {kind: 1}
    assert found(person("Mara Manager")) == {}
    assert found(person("Otto", workspace="Elsewhere", role="administrator")) == {}
    [group] = groups(paula, counts(paula))
    assert [item.url for item in group.items] == [one.get_absolute_url()]
    Invitation.objects.update(state="sent", assignees_state="restored")
    assert found(paula) == {}


def test_they_are_those_that_the_list_of_invitations_calls_so(paula):
    for state in ("unclear", "not_sent", "sent", "requested"):
        for assignees in ("not_restored", "unchecked", "kept"):
            invitation(paula, state=state, assignees_state=assignees)
    filters = InvitationFilter(QueryDict(f"state={ATTENTION}"), paula)
    assert sum(found(paula).values()) == filters.narrow().count() == Summary(filters).tabs[1].count > 0


def test_guests_pending_for_long_are_for_inviter_and_sponsor(paula, mona):
    mara = person("Mara Manager")
    pending_for(paula, 7, sponsor=mara)
    pending_for(paula, 6)
    pending_for(paula, 8, state="joined")
    assert found(paula) == found(mara) == found(mona) == {"pending": 1}
    [group] = groups(mara, counts(mara))
    assert group.items[0].detail == "Pending for 7 days · WEB-12 Write copy"
    Guest.objects.update(state="joined")
    assert found(paula) == {}


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": "auditor"}])
def test_a_guest_whose_sponsor_left_is_for_those_who_see_all(paula, mona, change):
    guest(paula, state="joined")
    assert found(mona) == {}
    User.objects.filter(pk=paula.pk).update(**change)
    assert found(mona) == {"no-sponsor": 1}
    [group] = groups(mona, counts(mona))
    assert group.items[0].detail == "Sponsor until now: Paula Planer · WEB-12 Write copy"
    assert group.items[0].url == f"/guests/{Guest.objects.get().id}/sponsor/"
    assert found(person("Mara Manager")) == {}
    Guest.objects.update(state="ended")
    assert found(mona) == {}


def test_a_guest_without_a_sponsor_is_one_too(paula, mona):
    guest(paula, state="joined", sponsor=None)
    assert found(mona) == {"no-sponsor": 1}


def test_auditors_are_offered_to_look_only(paula):
    paul = person("Paul", role="auditor")
    invitation(paula, assignees_state="not_restored")
    guest(paula, of=invitation(paula, state="not_sent"), state="joined", sponsor=None)
    shown = [item for group in groups(paul, counts(paul)) for item in group.items]
    assert [item.action for item in shown] == ["View", "View", "View"]
    assert not [item for item in shown if item.url.endswith("/sponsor/")]


def test_many_are_counted_up_to_a_bound_and_the_first_are_shown(paula, django_assert_num_queries):
    for number in range(COUNTED + 2):
        invitation(paula, state="unclear", attempted_at=clock.now() + timedelta(seconds=number))
    assert found(paula) == {"unclear": COUNTED}
    with django_assert_num_queries(1):
        [group] = groups(paula, {"unclear": COUNTED})
    assert (len(group.items), group.is_cut) == (registry.SHOWN, True)
    assert group.items[0].since < group.items[1].since


def test_erased_guests_are_left_out(paula):
    for fields in ({"state": "unclear"}, {"state": "not_sent"}, {"assignees_state": "unchecked"}):
        invitation(paula, email="", email_key="", **fields)
    assert found(paula) == {}
