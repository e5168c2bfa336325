"""The projects that an administrator sees, also if awork fails."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from invites.lookup.awork import AworkLookup
from invites.lookup.projects import ProjectList, list_projects
from portal.awork.errors import SignInExpired

pytestmark = pytest.mark.django_db


def names(found):
    return sorted(project.key for project in found.projects)


def test_they_are_the_projects_that_the_user_can_see(ada, client, sign_in, standin):
    found = list_projects(AworkLookup(ada))
    assert (names(found), found.is_current) == (["APP", "CAF", "KEY", "POD", "WEB"], True)


def test_a_private_project_is_hidden_from_others(paula):
    assert names(list_projects(AworkLookup(paula))) == ["APP", "CAF", "POD", "WEB"]


def test_if_awork_fails_the_projects_of_the_last_hour_are_used(ada, standin):
    list_projects(AworkLookup(ada))
    standin.fault("GET", "/projects", "rate_limited", None, reset=60)
    with time_machine.travel(timezone.now() + timedelta(minutes=50)):
        found = list_projects(AworkLookup(ada))
        assert (names(found), found.is_current) == (["APP", "CAF", "KEY", "POD", "WEB"], False)
    with time_machine.travel(timezone.now() + timedelta(minutes=70)):
        assert list_projects(AworkLookup(ada)) == ProjectList([], is_current=False)


def test_an_expired_sign_in_is_raised(ada):
    ada.token.delete()
    with pytest.raises(SignInExpired):
        list_projects(AworkLookup(type(ada).objects.get(pk=ada.pk)))
