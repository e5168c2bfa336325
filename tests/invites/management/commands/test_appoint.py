"""Another role, given at the machine itself."""

import pytest
from django.core.management import CommandError, call_command

from invites.audit.models import Event
from portal.models import User
from tests.invites.factories import person

pytestmark = pytest.mark.django_db


def test_somebody_is_made_an_administrator_and_the_log_says_by_whom(capsys):
    person("Paula Planer")
    call_command("appoint", "PAULA@nordlicht.example", "administrator")
    assert User.objects.get().role == "administrator"
    event = Event.objects.get()
    assert event.details == {"before": "manager", "after": "administrator"}
    assert "(manage.py appoint)" in event.actor_name
    assert "Paula Planer is administrator" in capsys.readouterr().out


def test_nobody_or_more_than_one_is_said():
    with pytest.raises(CommandError, match="Nobody has"):
        call_command("appoint", "paula@nordlicht.example", "lead")
    person("Paula Planer")
    other = person("Paula Planer", "Elsewhere")
    with pytest.raises(CommandError, match="More than one"):
        call_command("appoint", "paula@nordlicht.example", "lead")
    call_command("appoint", "paula@nordlicht.example", "lead", workspace=other.workspace_id)
    assert User.objects.get(workspace=other.workspace_id).role == "lead"


def test_a_role_that_there_is_not_is_refused():
    person("Paula Planer")
    with pytest.raises(CommandError):
        call_command("appoint", "paula@nordlicht.example", "owner")
