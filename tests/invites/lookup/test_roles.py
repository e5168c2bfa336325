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
def test_a_role_is_named_by_id_or_name(text):
    assert roles.find_role(text, [GAST, TEAM]) == TEAM


def test_guest_means_the_guest_role_whatever_it_is_called():
    assert roles.find_role("guest", [TEAM, GAST]) == GAST
    assert roles.find_role("guest", [GAST, named_so := Role(uuid4(), "Guest")]) == named_so
    assert roles.find_role("guest", [TEAM]) is None


@pytest.mark.parametrize("text", ["", "Administrator", str(UUID(int=12))])
def test_other_words_name_no_role(text):
    assert roles.find_role(text, [GAST, TEAM]) is None


def test_nothing_is_offered_before_anybody_could_list_them(paula):
    assert offered(paula) == []


def test_what_was_seen_last_is_offered_to_those_who_may_not_list(paula, workspace):
    roles.store_roles(workspace, [Role(uuid4(), "Zeichner"), Role(uuid4(), "Gast", is_guest=True)])

    assert [role.name for role in offered(paula)] == ["Gast", "Zeichner"]


def test_only_what_the_rules_offer_is_offered(paula, workspace):
    roles.store_roles(workspace, [GAST, TEAM])

    assert offered(paula, Rules(roles=(NamedRef(TEAM.id, "Team"),))) == [TEAM]


@pytest.mark.parametrize(("role", "offers"), [("manager", False), ("lead", False), ("administrator", True)])
def test_a_role_that_manages_is_offered_to_administrators_of_the_portal(paula, workspace, role, offers):
    office = replace(TEAM, manages=True)
    roles.store_roles(workspace, [office])
    paula.role = role

    assert offered(paula) == ([office] if offers else [])


def test_the_portals_own_key_reads_them(paula, standin, settings):
    settings.AWORK_API_KEY = API_KEY

    assert "Guest" in [role.name for role in offered(paula)]
    assert RoleOption.objects.filter(workspace=paula.workspace).exists()


def test_a_key_of_another_workspace_tells_nothing_about_this_one(paula, standin, settings):
    settings.AWORK_API_KEY = API_KEY
    elsewhere = Workspace.objects.create(id=uuid4(), name="Elsewhere")
    type(paula).objects.update(workspace=elsewhere)
    paula.refresh_from_db()

    assert offered(paula) == []


def test_a_key_that_was_revoked_leaves_what_was_seen_last(paula, workspace, settings):
    settings.AWORK_API_KEY = "revoked"
    roles.store_roles(workspace, [Role(uuid4(), "Gast", is_guest=True)])

    assert [role.name for role in offered(paula)] == ["Gast"]


@pytest.fixture
def learned(ada, standin):
    """What the portal learns of the stand-in's roles through Ada, by their names."""

    def learn():
        return {role.name: role for role in roles.refresh_roles(ada.workspace, client_for(ada))}

    return learn


def test_a_role_that_may_change_users_or_settings_manages(learned, standin):
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
def test_what_makes_a_role_manage(learned, standin, features, manages):
    role = standin.world.role("member")
    standin.world.roles[role.id] = replace(role, features=frozenset(features))

    assert learned()[role.name].manages is manages


def test_awork_is_asked_once_an_hour_for_each_role_that_may_be_offered_and_is_no_guest_role(learned, standin):
    learned()
    standin.requests.clear()
    cache.clear()
    learned()
    learned()

    asked = sorted(one.path for one in standin.requests if one.path.endswith("/permissions"))
    names = ("manager", "lead", "member", "office")
    assert asked == sorted(f"/roles/{standin.world.role(name).id}/permissions" for name in names)


def test_after_an_hour_awork_is_asked_again(learned, standin):
    learned()
    office = standin.world.role("office")
    standin.world.roles[office.id] = replace(office, features=frozenset())
    with time_machine.travel(timezone.now() + timedelta(minutes=59)):
        assert learned()[office.name].manages
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert not learned()[office.name].manages


def test_a_role_of_which_awork_does_not_tell_is_taken_to_manage(learned, standin):
    member = standin.world.role("member")
    standin.fault("GET", f"/roles/{member.id}", "status", None, status=404, body={"code": "not-found"})

    assert learned()[member.name].manages


@pytest.mark.parametrize(
    ("fault", "options"), [("cut_before", {}), ("rate_limited", {"reset": 60}), ("wrong_shape", {})]
)
def test_trouble_is_no_answer_and_is_not_kept(learned, standin, fault, options):
    member = standin.world.role("member")
    standin.fault("GET", f"/roles/{member.id}", fault, None, **options)
    with pytest.raises(AworkError):
        learned()
    assert not RoleOption.objects.exists()

    standin.faults.reset()
    http.rate_limiter.reset()
    http.breaker.reset()
    assert not learned()[member.name].manages


def test_what_a_role_may_do_is_kept_with_it(learned, workspace):
    learned()

    managing = RoleOption.objects.filter(workspace=workspace, manages=True)
    assert {option.name for option in managing} == {"Admin", "Agent", "Office manager"}


def test_a_right_that_was_taken_away_leaves_what_was_seen_last(paula, workspace):
    roles.store_roles(workspace, [Role(uuid4(), "Gast", is_guest=True)])
    paula.can_list_roles = True  # as the portal still believes

    assert [role.name for role in offered(paula)] == ["Gast"]


def test_keeping_makes_the_stored_roles_those_given(workspace):
    same, changed, gone = (Role(uuid4(), name) for name in ("Same", "Old name", "Gone"))
    roles.store_roles(workspace, [same, changed, gone])
    renamed = Role(changed.id, "New name", is_archived=True)
    roles.store_roles(workspace, [same, renamed])

    kept = {option.role for option in RoleOption.objects.filter(workspace=workspace)}
    assert kept == {same, renamed}


def test_keeping_what_is_the_same_writes_nothing(workspace, django_assert_num_queries):
    some = [Role(uuid4(), "Same")]
    roles.store_roles(workspace, some)
    with django_assert_num_queries(3):  # savepoint, read, release
        roles.store_roles(workspace, some)
