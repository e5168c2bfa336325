"""Roles set by address: they wait for confirmation, as an address is what people say of themselves."""

import pytest
from django.test import Client

from invites.audit.models import Event
from invites.audit.presenters import present
from portal import actor
from portal.accounts import members, pending_roles
from portal.models import PendingRole, User, Workspace
from portal.roles import DeskRole
from portal.standin.seed import MAIN, OTHER
from tests.invites.factories import person
from tests.threads import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return person("Ada Ahrens", role=DeskRole.ADMINISTRATOR)


@pytest.fixture
def home(standin):
    """The workspace in which nobody has signed in yet."""
    return Workspace.objects.create(id=standin.workspace, name="Nordlicht")


def expect(workspace, email, role):
    acting = actor.for_system(workspace.pk)
    pending_roles.set_pending_role(workspace, email, role, acting=acting)


def changes():
    found = Event.objects.filter(type="rights-changed").order_by("sequence")
    return [(event.details["before"], event.details["after"]) for event in found]


@pytest.mark.parametrize("role", ["lead", "auditor"])
def test_a_role_above_manager_waits_after_the_first_sign_in(client, sign_in, home, role):
    expect(home, "Paula@Nordlicht.example", DeskRole(role))
    sign_in(client, "paula")
    paula = User.objects.get()
    assert paula.role == "manager"
    assert client.get("/audit/").status_code == 403
    waiting = PendingRole.objects.get()
    assert (waiting.user, waiting.role) == (paula, role)
    event = Event.objects.get(type="signed-in")
    assert event.details == {"role": "manager", "pending_role": role}
    assert f"the desk role {role.capitalize()} set for their address waits" in present([event])[0].sentence


def test_whoever_puts_the_address_into_awork_gets_nothing_but_the_question(client, sign_in, standin, home):
    expect(home, "boss@nordlicht.example", DeskRole.AUDITOR)
    standin.world.change(standin.world.person("mona"), email="boss@nordlicht.example")
    sign_in(client, "mona")
    assert User.objects.get().role == "manager"
    assert PendingRole.objects.get().user.first_name == "Mona"


def test_only_the_first_person_with_the_address_is_asked_about(sign_in, standin, home):
    expect(home, "boss@nordlicht.example", DeskRole.LEAD)
    for who in ("mona", "paula"):
        standin.world.change(standin.world.person(who), email="boss@nordlicht.example")
        sign_in(Client(), who)
    assert PendingRole.objects.get().user.first_name == "Mona"


def test_a_manager_needs_no_confirmation(client, sign_in, home):
    expect(home, "paula@nordlicht.example", DeskRole.MANAGER)
    sign_in(client, "paula")
    assert User.objects.get().role == "manager"
    assert not PendingRole.objects.exists()


def test_an_awork_admin_is_administrator_whatever_was_set(client, sign_in, home):
    expect(home, "ada@nordlicht.example", DeskRole.AUDITOR)
    sign_in(client, "ada")
    assert User.objects.get().role == "administrator"
    assert not PendingRole.objects.exists()


def test_another_sign_in_leaves_it_waiting(client, sign_in, home):
    expect(home, "paula@nordlicht.example", DeskRole.LEAD)
    sign_in(client, "paula")
    sign_in(client, "paula")
    assert PendingRole.objects.get().user == User.objects.get()


def test_a_member_who_takes_the_address_later_is_not_asked_about(sign_in, standin, home):
    sign_in(Client(), "mona")
    expect(home, "boss@nordlicht.example", DeskRole.AUDITOR)
    standin.world.change(standin.world.person("mona"), email="boss@nordlicht.example")
    sign_in(Client(), "mona")
    assert PendingRole.objects.get().user is None


def test_who_moves_to_another_workspace_waits_there_no_more(sign_in, standin, home, settings):
    settings.AWORK_WORKSPACES = [MAIN, OTHER]
    expect(home, "paula@nordlicht.example", DeskRole.LEAD)
    sign_in(Client(), "paula")
    standin.world.change(standin.world.person("paula"), workspace_id=OTHER)
    sign_in(Client(), "paula")
    assert not PendingRole.objects.exists()


def test_a_former_administrator_cannot_confirm(ada):
    paula = person("Paula Planer")
    waiting = PendingRole.objects.create(workspace=ada.workspace, email=paula.email, role="lead", user=paula)
    for decide in (pending_roles.confirm, pending_roles.reject):
        with pytest.raises(members.NotAdministrator):
            decide(waiting, by=paula, acting=actor.for_user(paula))
    assert PendingRole.objects.exists()


@pytest.mark.parametrize("decide", [pending_roles.confirm, pending_roles.reject])
def test_a_decision_without_its_event_does_not_happen(ada, monkeypatch, decide):
    paula = person("Paula Planer")
    waiting = PendingRole.objects.create(workspace=ada.workspace, email=paula.email, role="lead", user=paula)

    def broken(*args, **options):
        raise RuntimeError("no writing")

    monkeypatch.setattr("invites.audit.chain.append", broken)
    with pytest.raises(RuntimeError):
        decide(waiting, by=ada, acting=actor.for_user(ada))
    assert User.objects.get(pk=paula.pk).role == "manager"
    assert PendingRole.objects.get().user == paula


def test_an_international_address_is_known_in_either_form(ada):
    expect(ada.workspace, "new@xn--bro-hoa.example", DeskRole.LEAD)
    assert PendingRole.objects.get().email == "new@büro.example"
    pending_roles.claim(user := person("New Person"))
    assert PendingRole.objects.get().user is None
    user.email = "NEW@xn--bro-hoa.example"
    user.save()
    pending_roles.claim(user)
    assert PendingRole.objects.get().user == user


def test_what_was_said_of_an_address_can_be_changed_and_taken_back(ada):
    expect(ada.workspace, "new@studio.example", DeskRole.LEAD)
    expect(ada.workspace, "NEW@studio.example", DeskRole.AUDITOR)
    expect(ada.workspace, "new@studio.example", DeskRole.AUDITOR)
    pending_roles.remove_pending_role(PendingRole.objects.get(), acting=actor.for_system(ada.workspace_id))
    assert not PendingRole.objects.exists()
    assert changes() == [("", "lead"), ("lead", "auditor"), ("auditor", "")]


@pytest.mark.django_db(transaction=True)
def test_setting_a_role_many_times_at_once_is_one_event(ada):
    at_once(6, lambda _: expect(ada.workspace, "new@studio.example", DeskRole.LEAD))
    assert changes() == [("", "lead")]


@pytest.mark.parametrize("email", ["PAULA@nordlicht.example", "new@studio.example"])
def test_a_member_gets_no_pending_role(ada, email):
    paula = person("Paula Planer")
    PendingRole.objects.create(workspace=ada.workspace, email="new@studio.example", role="lead", user=paula)
    with pytest.raises(pending_roles.AlreadyMember) as problem:
        expect(ada.workspace, email, DeskRole.AUDITOR)
    assert problem.value.user == paula
    assert PendingRole.objects.get().role == "lead"
