"""Saving a policy: another version each time, with its event."""

import pytest
from django.db import DatabaseError

from invites.audit.models import Event
from invites.models import PolicyVersion
from invites.policy.rules import AtEnd, Policy, Rules
from invites.policy.versions import (
    VersionConflict,
    automatic_ender,
    current_policy,
    restored_number,
    save_version,
)
from tests.invites.conftest import actor
from tests.invites.factories import person
from tests.threads import at_once


@pytest.fixture
def ada(db):
    return person("Ada Ahrens", role="administrator")


def saved(user, after=0, **rules):
    return save_version(Rules(**rules), after=after, saved_by=user, by=actor(user))


def test_each_saving_is_the_next_version(ada):
    first = saved(ada, per_hour=5)
    second = saved(ada, after=1, per_hour=6)

    assert (first.number, second.number, second.saved_by) == (1, 2, ada)
    assert current_policy(ada.workspace_id) == Policy(2, Rules(per_hour=6))
    assert PolicyVersion.objects.get(number=1).rules["per_hour"] == 5


def test_the_event_holds_before_and_after_of_what_changed(ada):
    saved(ada, per_hour=5, denied_domains=("evil.example",))
    saved(ada, after=1, per_hour=6, denied_domains=("evil.example",))

    event = Event.objects.get(type="settings-changed", sequence=2)
    assert event.actor_name == "Ada Ahrens"
    assert event.details == {"policy": 2, "before": {"per_hour": 5}, "after": {"per_hour": 6}}


def test_without_its_event_nothing_is_saved(ada, monkeypatch):
    def fails(*_, **__):
        raise DatabaseError("no room")

    monkeypatch.setattr("invites.policy.versions.record", fails)
    with pytest.raises(DatabaseError):
        saved(ada, per_hour=5)
    assert not PolicyVersion.objects.exists()


@pytest.mark.parametrize("after", [0, 2])
def test_what_does_not_follow_the_last_version_is_not_saved(ada, after):
    saved(ada, per_hour=5)
    with pytest.raises(VersionConflict):
        saved(ada, after=after, per_hour=6)
    assert PolicyVersion.objects.count() == Event.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_ten_who_save_at_once_one_does():
    ada = person("Ada Ahrens", role="administrator")

    def go(number):
        try:
            return saved(ada, per_hour=number + 1).number
        except VersionConflict:
            return 0

    assert sorted(at_once(10, go)) == [0] * 9 + [1]
    assert PolicyVersion.objects.count() == Event.objects.count() == 1


def test_who_saved_the_policy_last_ends_access_where_it_is_automatic(ada):
    assert automatic_ender(ada.workspace_id) is None
    saved(ada, at_end=AtEnd.TASK)
    assert automatic_ender(ada.workspace_id) == ada
    saved(person("Berta", role="administrator"), after=1, at_end=AtEnd.TASK, per_hour=5)
    assert automatic_ender(ada.workspace_id).first_name == "Berta"
    saved(ada, after=2)
    assert automatic_ender(ada.workspace_id) is None


def test_a_version_of_the_release_before_is_recognized_when_it_is_restored(ada):
    saved(ada, per_hour=5)
    PolicyVersion.objects.update(guest_rules=None)
    saved(ada, after=1, per_hour=6)
    assert restored_number(saved(ada, after=2, per_hour=5)) == 1
