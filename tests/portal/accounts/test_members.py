"""Who is what: the first role, changes of it, and awork's word on who is an admin."""

import pytest
from django.test import Client

from invites.audit.models import Event
from portal import actor
from portal.accounts import members
from portal.models import PendingRole, User
from portal.roles import DeskRole
from portal.standin.seed import MAIN, OTHER
from tests.invites.factories import person
from tests.threads import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return person("Ada Ahrens", role=DeskRole.ADMINISTRATOR)


@pytest.fixture
def paula(ada):
    return person("Paula Planer")


def change(user, role, by):
    members.change_role(user, role, by=by, acting=actor.for_system(by.workspace_id))


def changes():
    found = Event.objects.filter(type="rights-changed").order_by("sequence")
    return [(event.details["before"], event.details["after"]) for event in found]


@pytest.mark.parametrize(
    ("who", "role"), [("ada", "administrator"), ("mona", "manager"), ("paula", "manager")]
)
def test_everybody_begins_as_manager_and_aworks_admins_as_administrators(client, sign_in, who, role):
    sign_in(client, who)
    assert User.objects.get().role == role


def test_a_role_survives_the_next_sign_in(client, sign_in, standin):
    sign_in(Client(), "ada")
    sign_in(client, "paula")
    User.objects.filter(first_name="Paula").update(role="lead")
    sign_in(client, "paula")
    assert User.objects.get(first_name="Paula").role == "lead"


def test_a_change_is_an_event_and_counts_at_the_next_request(client, sign_in, standin):
    sign_in(Client(), "ada")
    sign_in(client, "paula")
    assert client.get("/audit/").status_code == 403
    change(User.objects.get(first_name="Paula"), DeskRole.AUDITOR, User.objects.get(first_name="Ada"))
    assert client.get("/audit/").status_code == 200
    assert client.get("/invite/").status_code == 403
    assert changes() == [("manager", "auditor")]


def test_a_role_that_was_changed_meanwhile_is_the_one_before(ada, paula):
    old = User.objects.get(pk=paula.pk)
    change(paula, DeskRole.LEAD, ada)
    change(old, DeskRole.AUDITOR, ada)
    assert changes() == [("manager", "lead"), ("lead", "auditor")]


def test_the_same_role_again_is_nothing(ada, paula):
    change(paula, DeskRole.MANAGER, ada)
    assert changes() == []


def test_users_cannot_change_their_own_role(ada, paula):
    change(paula, DeskRole.ADMINISTRATOR, ada)
    with pytest.raises(members.OwnRole):
        change(ada, DeskRole.MANAGER, ada)
    assert User.objects.get(pk=ada.pk).role == "administrator"


def test_the_last_administrator_stays_one(ada, paula):
    with pytest.raises(members.LastAdministrator):
        change(ada, DeskRole.MANAGER, paula)
    assert changes() == []


def test_an_inactive_administrator_does_not_count(ada, paula):
    change(paula, DeskRole.ADMINISTRATOR, ada)
    User.objects.filter(pk=paula.pk).update(is_active=False)
    with pytest.raises(members.LastAdministrator):
        change(ada, DeskRole.MANAGER, paula)


@pytest.mark.django_db(transaction=True)
def test_two_administrators_demoting_each_other_leave_one(ada, paula):
    change(paula, DeskRole.ADMINISTRATOR, ada)
    pairs = [(ada, paula), (paula, ada)]

    def demote(number):
        user, by = pairs[number]
        try:
            change(User.objects.get(pk=user.pk), DeskRole.MANAGER, by)
        except members.LastAdministrator:
            return "refused"
        return "done"

    assert sorted(at_once(2, demote)) == ["done", "refused"]
    assert User.objects.filter(role="administrator").count() == 1


def test_an_administrator_by_awork_is_none_without_aworks_right(sign_in, standin):
    sign_in(Client(), "ada")
    standin.world.change(standin.world.person("ada"), role_id=standin.world.role("member").id)
    sign_in(Client(), "ada")
    assert User.objects.get().role == "manager"
    assert changes() == [("administrator", "manager")]


def test_an_administrator_by_appointment_stays_one(ada, paula, standin, sign_in):
    sign_in(Client(), "paula")
    User.objects.filter(first_name="Paula", last_name="Petersen").update(role="administrator")
    sign_in(Client(), "paula")
    assert User.objects.get(last_name="Petersen").role == "administrator"


def test_an_awork_admin_becomes_administrator_if_there_is_none(sign_in, standin):
    sign_in(Client(), "ada")
    User.objects.update(role="manager")
    sign_in(Client(), "ada")
    assert User.objects.get().role == "administrator"
    assert changes() == [("manager", "administrator")]


def test_a_former_administrator_cannot_change_roles(ada, paula):
    mara = person("Mara Manager")
    with pytest.raises(members.NotAdministrator):
        change(mara, DeskRole.LEAD, paula)
    assert changes() == []


def test_a_role_is_no_luggage_for_another_workspace(client, sign_in, standin, settings):
    settings.AWORK_WORKSPACES = [MAIN, OTHER]
    sign_in(client, "paula")
    User.objects.update(role="administrator")
    standin.world.change(standin.world.person("paula"), workspace_id=OTHER)
    sign_in(client, "paula")
    assert (User.objects.get().role, User.objects.get().workspace_id) == ("manager", OTHER)


@pytest.mark.django_db(transaction=True)
def test_a_role_changed_many_times_at_once_is_one_event(ada, paula):
    at_once(6, lambda _: change(User.objects.get(pk=paula.pk), DeskRole.LEAD, ada))
    assert changes() == [("manager", "lead")]


def test_a_change_settles_a_role_that_waits_for_confirmation(ada, paula):
    PendingRole.objects.create(workspace=ada.workspace, email=paula.email, role="auditor", user=paula)
    change(paula, DeskRole.LEAD, ada)
    assert not PendingRole.objects.exists()
    assert User.objects.get(pk=paula.pk).role == "lead"


def test_a_change_without_its_event_does_not_happen(ada, paula, monkeypatch):
    def broken(*args, **options):
        raise RuntimeError("no writing")

    monkeypatch.setattr("invites.audit.chain.append", broken)
    with pytest.raises(RuntimeError):
        change(paula, DeskRole.LEAD, ada)
    assert User.objects.get(pk=paula.pk).role == "manager"
