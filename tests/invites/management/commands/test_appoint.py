"""Changing desk roles from the command line."""

import pytest
from django.core.management import CommandError, call_command

from invites.audit.models import Event
from portal.models import PendingRole, User
from tests.invites.factories import person

pytestmark = pytest.mark.django_db


def test_a_member_becomes_an_administrator_with_an_event_that_names_the_command(capsys):
    person("Paula Planer")
    call_command("appoint", "PAULA@nordlicht.example", "administrator")
    assert User.objects.get().role == "administrator"
    event = Event.objects.get()
    assert event.details == {"before": "manager", "after": "administrator"}
    assert "(manage.py appoint)" in event.actor_name
    out = capsys.readouterr().out
    assert f"Paula Planer is now administrator (awork user {User.objects.get().awork_id}" in out


def test_a_member_is_found_by_the_awork_user_id_that_nobody_can_choose():
    person("Paula Planer")
    other = person("Paula Planer")
    call_command("appoint", str(other.awork_id), "administrator")
    assert [user.role for user in User.objects.order_by("pk")] == ["manager", "administrator"]


def test_an_appointment_settles_a_role_that_waits_for_confirmation():
    paula = person("Paula Planer")
    PendingRole.objects.create(workspace=paula.workspace, email=paula.email, role="auditor", user=paula)
    call_command("appoint", paula.email, "administrator")
    assert User.objects.get().role == "administrator"
    assert not PendingRole.objects.exists()


def test_no_member_or_several_is_an_error():
    with pytest.raises(CommandError, match="No member has"):
        call_command("appoint", "paula@nordlicht.example", "lead")
    person("Paula Planer")
    other = person("Paula Planer", "Elsewhere")
    with pytest.raises(CommandError, match="More than one"):
        call_command("appoint", "paula@nordlicht.example", "lead")
    call_command("appoint", "paula@nordlicht.example", "lead", workspace=other.workspace_id)
    assert User.objects.get(workspace=other.workspace_id).role == "lead"


def test_an_unknown_role_is_an_error():
    person("Paula Planer")
    with pytest.raises(CommandError):
        call_command("appoint", "paula@nordlicht.example", "owner")
