from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import time_machine
from django.core.cache import cache
from django.utils import timezone

from invites.lookup import roles
from invites.models import RoleOption
from invites.policy import decision
from invites.policy.rules import NamedRef, Rules
from portal.awork import http
from portal.awork.errors import AworkError
from portal.awork.schemas import Role
from portal.awork.tokens import client_for
from portal.models import Workspace
from portal.standin.environment import API_KEY

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace(paula):
    return paula.workspace


NO_POLICY = Rules()


def offered(user, rules=NO_POLICY):
    return decision.assignable_roles(roles.workspace_roles(user), user, rules)


GAST = Role(UUID(int=10), "Gast", is_guest=True)
TEAM = Role(UUID(int=11), "Kreative & Entwickler")


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
    roles.store_roles(workspace, [Role(uuid4(), "Zeichner"), Role(uuid4(), "Gast", is_guest=True)])

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

    def learn():
        return {role.name: role for role in roles.refresh_roles(ada.workspace, client_for(ada))}

    return learn


def test_a_role_that_can_change_users_or_settings_manages(learned, standin):
    office = standin.world.role("office")
    assert {name for name, role in learned().items() if role.manages} == {"Admin", "Agent", office.name}


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


def test_features_are_requested_once_an_hour_for_each_assignable_role_but_guests(learned, standin):
    learned()
    standin.requests.clear()
    cache.clear()
    learned()
    learned()

    asked = sorted(one.path for one in standin.requests if one.path.endswith("/permissions"))
    names = ("manager", "lead", "member", "office")
    assert asked == sorted(f"/roles/{standin.world.role(name).id}/permissions" for name in names)


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
    member = standin.world.role("member")
    standin.fault("GET", f"/roles/{member.id}", fault, None, **options)
    with pytest.raises(AworkError):
        learned()
    assert not RoleOption.objects.exists()

    standin.faults.reset()
    http.rate_limiter.reset()
    http.breaker.reset()
    assert not learned()[member.name].manages


def test_whether_a_role_manages_is_stored(learned, workspace):
    learned()

    managing = RoleOption.objects.filter(workspace=workspace, manages=True)
    assert {option.name for option in managing} == {"Admin", "Agent", "Office manager"}


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


def test_storing_the_same_roles_writes_nothing(workspace, django_assert_num_queries):
    some = [Role(uuid4(), "Same")]
    roles.store_roles(workspace, some)
    with django_assert_num_queries(3):  # savepoint, read, release
        roles.store_roles(workspace, some)
