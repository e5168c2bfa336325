"""Projects as an administrator sees them, also while awork is away."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from invites.pickers.projects import Seen, seen
from invites.pickers.questions import Questions
from portal.awork.errors import SignInExpired

pytestmark = pytest.mark.django_db


def names(found):
    return sorted(project.key for project in found.projects)


def test_they_are_those_that_the_person_sees(ada, client, sign_in, standin):
    found = seen(Questions(ada))
    assert (names(found), found.fresh) == (["APP", "CAF", "KEY", "WEB"], True)


def test_a_private_project_is_not_told_to_others(paula):
    assert names(seen(Questions(paula))) == ["APP", "CAF", "WEB"]


def test_while_awork_is_away_those_of_the_last_hour_stand(ada, standin):
    seen(Questions(ada))
    standin.fault("GET", "/projects", "rate_limited", None, reset=60)
    with time_machine.travel(timezone.now() + timedelta(minutes=50)):
        found = seen(Questions(ada))
        assert (names(found), found.fresh) == (["APP", "CAF", "KEY", "WEB"], False)
    with time_machine.travel(timezone.now() + timedelta(minutes=70)):
        assert seen(Questions(ada)) == Seen([], fresh=False)


def test_an_ended_sign_in_is_not_swallowed(ada):
    ada.token.delete()
    with pytest.raises(SignInExpired):
        seen(Questions(type(ada).objects.get(pk=ada.pk)))
