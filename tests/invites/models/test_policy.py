"""Versions of the policy: kept as they were saved."""

import pytest
from django.db import IntegrityError

from invites.models import PolicyVersion
from invites.policy.rules import Policy, Rules
from invites.policy.versions import current_policy
from tests.invites.factories import NOON, person, policy

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return person("Ada Ahrens")


def test_the_newest_version_holds_in_its_workspace_alone(ada):
    policy(ada, per_hour=1)
    policy(ada, per_hour=2)
    policy(person("Otto Ostwind", workspace="Südwind"), per_hour=3)

    assert current_policy(ada.workspace_id) == Policy(2, Rules(per_hour=2))


def test_before_the_first_version_nothing_is_forbidden(ada):
    assert current_policy(ada.workspace_id) == Policy(0, Rules())


def test_a_version_is_never_changed(ada):
    saved = policy(ada, per_hour=1)
    saved.rules = {}
    with pytest.raises(TypeError):
        saved.save()

    assert current_policy(ada.workspace_id).rules.per_hour == 1


def test_no_number_comes_twice_in_a_workspace(ada):
    policy(ada)
    with pytest.raises(IntegrityError):
        PolicyVersion.objects.create(workspace=ada.workspace, number=1, saved_at=NOON, saved_by=ada, rules={})
