from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from invites.lookup import roles
from invites.models import RoleOption
from invites.policy import decision
from invites.policy.rules import NamedRef, Rules
from portal.awork import http
from portal.awork.errors import AworkError
from portal.awork.schemas import Role
from portal.models import User, Workspace
from portal.standin.environment import API_KEY

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace(paula):
    return paula.workspace


NO_POLICY = Rules()


def offered(user, rules=NO_POLICY, selected=""):
    return decision.assignable_roles(roles.workspace_roles(user, selected=[selected]), user, rules)


GAST = Role(UUID(int=10), "Gast", is_guest=True)
TEAM = Role(UUID(int=11), "Kreative & Entwickler", manages=False)


@pytest.mark.parametrize("text", [str(TEAM.id), str(TEAM.id).upper(), " kreative & ENTWICKLER "])
def test_a_role_is_found_by_id_or_name(text):
    assert roles.find_role(text, [GAST, TEAM]) == TEAM


def test_guest_means_the_guest_role_whatever_its_name():
    assert roles.find_role("guest", [TEAM, GAST]) == GAST
    assert roles.find_role("guest", [GAST, named_so := Role(uuid4(), "Guest")]) == named_so
    assert roles.find_role("guest", [TEAM]) is None


@pytest.mark.parametrize("text", ["", "Administrator", str(UUID(int=12))])
def test_other_texts_find_no_role(text):
    assert roles.find_role(text, [GAST, TEAM]) is None


def test_nothing_is_offered_before_a_user_could_list_them(paula):
    assert offered(paula) == []


def test_stored_roles_are_offered_to_users_who_cannot_list_them(paula, workspace):
    roles.store_roles(workspace, [Role(uuid4(), "Zeichner", manages=False), GAST])

    assert [role.name for role in offered(paula)] == ["Gast", "Zeichner"]


def test_only_roles_that_the_policy_allows_are_offered(paula, workspace):
    roles.store_roles(workspace, [GAST, TEAM])

    assert offered(paula, Rules(roles=(NamedRef(TEAM.id, "Team"),))) == [TEAM]


@pytest.mark.parametrize(("role", "offers"), [("manager", False), ("lead", False), ("administrator", True)])
def test_a_managing_role_is_offered_to_portal_administrators_only(paula, workspace, role, offers):
    office = replace(TEAM, manages=True)
    roles.store_roles(workspace, [office])
    paula.role = role

    assert offered(paula) == ([office] if offers else [])


def test_the_api_key_reads_them(paula, standin, settings):
    settings.AWORK_API_KEY = API_KEY

    assert "Guest" in [role.name for role in offered(paula)]
    assert RoleOption.objects.filter(workspace=paula.workspace).exists()


def test_an_api_key_of_another_workspace_is_not_used(paula, standin, settings):
    settings.AWORK_API_KEY = API_KEY
    elsewhere = Workspace.objects.create(id=uuid4(), name="Elsewhere")
    type(paula).objects.update(workspace=elsewhere)
    paula.refresh_from_db()

    assert offered(paula) == []


def test_with_a_revoked_api_key_stored_roles_are_used(paula, workspace, settings):
    settings.AWORK_API_KEY = "revoked"
    roles.store_roles(workspace, [Role(uuid4(), "Gast", is_guest=True)])

    assert [role.name for role in offered(paula)] == ["Gast"]


@pytest.fixture
def learned(ada, standin):
    """The stand-in's roles as read with Ada's access, by name."""

    def learn(selected=""):
        cache.clear()
        return {role.name: role for role in roles.workspace_roles(ada, selected=[selected])}

    return learn


def test_a_role_that_can_change_users_or_settings_manages(learned, standin):
    office = standin.world.role("office")
    assert {name for name, role in learned().items() if role.manages} == {office.name}


@pytest.mark.parametrize(
    ("features", "manages"),
    [
        ({("user-manage-config", "delete")}, True),
        ({("workspace-manage-config", "write")}, True),
        ({("wmc", "write")}, True),
        ({("workspace-manage-config", "read"), ("user-manage-config", "read")}, False),
        ({("project-manage-config", "write")}, False),
        (set(), False),
    ],
)
def test_which_features_make_a_role_manage(learned, standin, features, manages):
    role = standin.world.role("member")
    standin.world.roles[role.id] = replace(role, features=frozenset(features))

    assert learned()[role.name].manages is manages


def asked(standin):
    """The roles whose permissions were requested."""
    return [one.path for one in standin.requests if one.path.startswith("/roles/")]


def test_features_are_requested_once_an_hour_for_each_assignable_role_but_guests(learned, standin):
    standin.requests.clear()
    learned()
    learned("member")

    names = ("manager", "lead", "member", "office")
    assert sorted(asked(standin)) == sorted(
        f"/roles/{standin.world.role(name).id}/permissions" for name in names
    )


def test_after_an_hour_features_are_requested_again(learned, standin):
    learned()
    office = standin.world.role("office")
    standin.world.roles[office.id] = replace(office, features=frozenset())
    with time_machine.travel(timezone.now() + timedelta(minutes=59)):
        assert learned()[office.name].manages
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert not learned()[office.name].manages


def test_a_role_with_unknown_features_is_assumed_to_manage(learned, standin):
    member = standin.world.role("member")
    standin.fault("GET", f"/roles/{member.id}", "status", None, status=404, body={"code": "not-found"})

    assert learned()[member.name].manages


@pytest.mark.parametrize(
    ("fault", "options"), [("cut_before", {}), ("rate_limited", {"reset": 60}), ("wrong_shape", {})]
)
def test_errors_are_raised_and_not_cached(learned, standin, fault, options):
    standin.fault("GET", "/roles", fault, None, **options)
    with pytest.raises(AworkError):
        learned()
    assert not RoleOption.objects.exists()

    awork_recovers(standin)
    assert learned()[standin.world.role("member").name].manages is False


def awork_recovers(standin):
    standin.faults.reset()
    http.rate_limiter.reset()
    http.breaker.reset()


@pytest.mark.parametrize(
    ("fault", "options"), [("cut_before", {}), ("rate_limited", {"reset": 60}), ("wrong_shape", {})]
)
def test_if_permissions_cannot_be_read_the_role_may_manage_for_now(learned, standin, fault, options):
    member = standin.world.role("member")
    standin.fault("GET", f"/roles/{member.id}", fault, None, **options)
    found = learned()
    assert found[member.name].may_manage
    assert found[member.name].manages is None

    awork_recovers(standin)
    assert not learned()[member.name].may_manage


def test_if_permissions_of_the_selected_role_cannot_be_read_the_error_is_raised(learned, standin):
    member = standin.world.role("member")
    standin.fault("GET", f"/roles/{member.id}", "wrong_shape", None)
    with pytest.raises(AworkError):
        learned(str(member.id))


@pytest.fixture
def large(standin):
    """A workspace with 600 more roles."""
    member = standin.world.role("member")
    added = [replace(member, id=uuid4(), name=f"Role {number:03}") for number in range(600)]
    standin.world.roles.update((one.id, one) for one in added)
    return added


def test_a_page_reads_the_permissions_of_ten_roles_and_the_next_page_those_of_others(learned, standin, large):
    for pages in (1, 2):
        standin.requests.clear()
        known = [name for name, role in learned().items() if role.manages is not None]
        assert len(standin.requests) == 11
        assert len(known) == pages * 10


def test_pages_of_several_people_within_a_minute_read_ten_together(ada, large, standin, sign_in):
    sign_in(Client(), "mona")
    standin.requests.clear()
    for user in User.objects.all():
        roles.workspace_roles(user)
        roles.workspace_roles(user)
    assert len(asked(standin)) == 10
    assert standin.count("GET", "/roles") == 12


def test_the_permissions_of_the_selected_role_are_read_at_once(learned, standin, large):
    last = large[-1]
    found = learned(last.name)
    assert found[last.name].manages is False
    assert f"/roles/{last.id}/permissions" in asked(standin)
    assert len(asked(standin)) == 11


def test_the_selected_role_is_read_again_after_an_hour(learned, standin, large):
    last = large[-1]
    learned(last.name)
    standin.world.roles[last.id] = replace(last, features=frozenset({("wmc", "write")}))
    with time_machine.travel(timezone.now() + timedelta(minutes=59)):
        assert not learned(last.name)[last.name].manages
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert learned(last.name)[last.name].manages


def test_a_user_who_cannot_read_permissions_is_not_offered_unknown_roles(learned, paula, large):
    known = {role.name for role in learned().values() if role.is_guest or role.manages is False}
    assert {role.name for role in offered(paula)} == known
    assert offered(paula, selected=large[-1].name) == offered(paula)


def test_the_api_key_reads_the_selected_role_for_them(paula, standin, large, settings):
    settings.AWORK_API_KEY = API_KEY
    assert large[-1].name in {role.name for role in offered(paula, selected=large[-1].name)}


def test_whether_a_role_manages_is_stored(learned, workspace):
    learned()

    managing = RoleOption.objects.filter(workspace=workspace, manages=True)
    assert {option.name for option in managing} == {"Office manager"}


def test_with_a_revoked_permission_stored_roles_are_used(paula, workspace):
    roles.store_roles(workspace, [Role(uuid4(), "Gast", is_guest=True)])
    paula.can_list_roles = True  # as the portal still believes

    assert [role.name for role in offered(paula)] == ["Gast"]


def test_storing_replaces_the_stored_roles(workspace):
    same, changed, gone = (Role(uuid4(), name) for name in ("Same", "Old name", "Gone"))
    roles.store_roles(workspace, [same, changed, gone])
    renamed = Role(changed.id, "New name", is_archived=True)
    roles.store_roles(workspace, [same, renamed])

    kept = {option.role for option in RoleOption.objects.filter(workspace=workspace)}
    assert kept == {same, renamed}


def test_storing_keeps_what_is_known_of_permissions(workspace):
    known = Role(uuid4(), "Old name", manages=False)
    roles.store_roles(workspace, [known])
    roles.store_roles(workspace, [Role(known.id, "New name")])
    assert RoleOption.objects.get().role == replace(known, name="New name")


def test_storing_many_takes_few_statements(workspace, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        roles.store_roles(workspace, [Role(uuid4(), f"Role {number}") for number in range(600)])


def test_storing_the_same_roles_writes_nothing(workspace, django_assert_num_queries):
    some = [Role(uuid4(), "Same")]
    roles.store_roles(workspace, some)
    with django_assert_num_queries(3):  # savepoint, read, release
        roles.store_roles(workspace, some)
