"""Each endpoint against the stand-in, over real HTTP."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from portal.awork.client import Client, FixedToken
from portal.awork.errors import (
    AworkRefused,
    Forbidden,
    NotFound,
    SignInExpired,
    TooManyRequests,
    Unclear,
    Unreachable,
)
from portal.standin.environment import API_KEY
from portal.standin.seed import OTHER, user_id


@dataclass
class Renewable:
    """Credentials that can be renewed; counts how often."""

    token: str
    following: str
    renewals: int = 0

    def renew(self, rejected):
        assert rejected == self.token
        self.token, self.renewals = self.following, self.renewals + 1
        return True


@pytest.fixture
def client(standin):
    def client(handle="paula"):
        return Client(FixedToken(standin.token(handle)))

    return client


@pytest.fixture
def copy(standin):
    """The task WEB-12, assigned to Ada and Paul."""
    return standin.world.task("WEB-12")


def guest_role(standin):
    return standin.world.role("guest").id


def test_me(client, standin):
    me = client().me()
    assert (me.user.name, me.user.email) == ("Paula Petersen", "paula@nordlicht.example")
    assert (me.workspace.id, me.workspace.name) == (standin.workspace, "Nordlicht Studio")


def test_permissions(client):
    paula, mona, ada, gustav, bruno = (
        client(handle).permissions() for handle in ("paula", "mona", "ada", "gustav", "bruno")
    )
    assert not (paula.is_admin or paula.can_list_roles or paula.can_list_users)
    assert mona.can_list_roles
    assert ada.is_admin
    assert gustav.is_guest
    assert bruno.is_blocked


@pytest.mark.parametrize(
    ("who", "narrows", "sees_all"),
    [("ada", True, True), ("mona", False, True), ("mona", True, False), ("paula", False, False)],
)
def test_who_sees_all_users(client, standin, who, narrows, sees_all):
    standin.world.narrows_to_teams = narrows
    assert client(who).permissions().sees_all_users is sees_all
    assert standin.count("GET", "/permissions/features") == (who == "mona")


def test_unknown_features_count_as_a_limit_to_teams(client, standin):
    standin.fault("GET", "/permissions/features", "status", status=404)
    assert not client("mona").permissions().sees_all_users


def test_a_project_says_whether_its_tasks_may_have_several_assignees(client, standin):
    web, pod = (standin.world.task(key).project_id for key in ("WEB-12", "POD-1"))
    assert client().project(web).allows_several_assignees is True
    assert client().project(pod).allows_several_assignees is False
    standin.world.change_project("WEB", allows_several=None)
    assert client().project(web).allows_several_assignees is None
    with pytest.raises(Forbidden):
        client("gustav").project(pod)


def test_the_projects_and_the_role_of_a_user(client, standin):
    gustav = user_id("gustav")
    assert [one.key for one in client("mona").projects_of(gustav)] == ["CAF"]
    assert client("mona").has_role(gustav, guest_role(standin))
    assert not client("mona").has_role(user_id("paul"), guest_role(standin))


def test_lists_of_users_are_paginated(client, standin, monkeypatch):
    monkeypatch.setattr("portal.awork.client.USERS_PAGE_SIZE", 4)
    monkeypatch.setattr("portal.awork.client.PAGE_SIZE", 4)
    here = {one.id for one in standin.world.people.values() if one.workspace_id == standin.workspace}
    standin.world.change(standin.world.person("dora"), is_archived=True)
    users = client("mona").users()
    assert (len(users), {user.id for user in users}) == (len(here), here)
    assert standin.count("GET", "/users") == 3

    member = standin.world.role("member").id
    having = {one.id for one in standin.world.people.values() if one.role_id == member}
    assert set(client("mona").users_with_role(member)) == having
    assert standin.count("GET", f"/roles/{member}/users") == 2
    with pytest.raises(Forbidden):
        client().users_with_role(member)


def test_a_list_is_read_up_to_its_last_page_only(client, standin, monkeypatch):
    monkeypatch.setattr("portal.awork.client.USERS_PAGE_SIZE", 1)
    monkeypatch.setattr("portal.awork.client.USERS_PAGES", 2)
    assert len(client("mona").users()) == 2


def test_roles(client):
    roles = {role.name: role for role in client("mona").roles()}
    assert roles["Guest"].is_guest
    assert roles["Admin"].is_admin
    assert roles["Agent"].is_agent


def test_roles_are_forbidden_to_most_managers(client, standin):
    with pytest.raises(Forbidden) as problem:
        client().roles()
    assert problem.value.exchange.status == 401
    assert problem.value.exchange.code == "unauthorized"
    assert problem.value.exchange.trace_id
    assert [one.path for one in standin.requests] == ["/roles", "/me"]


def test_role_permissions(client, standin):
    features = client("mona").role_features(standin.world.role("office").id)
    assert ("user-manage-config", "write") in features
    assert client("mona").role_features(guest_role(standin)) == frozenset()


def test_role_permissions_are_only_for_those_who_may_list_roles(client, standin):
    with pytest.raises(Forbidden):
        client().role_features(guest_role(standin))
    with pytest.raises(NotFound):
        client("mona").role_features(standin.world.role("other-member").id)


def test_projects_that_the_person_may_read(client, standin):
    found = {project.key: project.name for project in client("mona").projects()}
    assert found["WEB"] == "Website Relaunch"
    assert "KEY" in found
    assert "KEY" not in {project.key for project in client("paul").projects()}
    assert [one.query["page"] for one in standin.requests if one.path == "/projects"] == ["1", "1"]


def test_projects_are_paginated(client, standin, monkeypatch):
    monkeypatch.setattr("portal.awork.client.PAGE_SIZE", 2)
    standin.requests.clear()
    assert len(client("mona").projects()) == 5
    assert [one.query["page"] for one in standin.requests] == ["1", "2", "3"]
    monkeypatch.setattr("portal.awork.client.PROJECT_PAGES", 1)
    assert len(client("mona").projects()) == 2


def test_search_finds_tasks_with_assignees(client):
    found = client().search_tasks("write copy")
    assert found[0].key == "WEB-12"
    assert {person.name for person in found[0].assignees} == {"Ada Ahrens", "Paul O'Neill"}


def test_search_finds_done_tasks_too(client):
    assert any(task.is_done for task in client().search_tasks("Kick-off"))


def test_search_truncates_long_terms(client, standin):
    client().search_tasks("w" * 80, top=3)
    assert standin.requests[-1].query["searchTerm"] == "w" * 50
    assert standin.requests[-1].query["top"] == "3"


def test_a_task_by_id_and_by_key_is_the_same(client, copy):
    task = client().task(copy.id)
    assert task == client().task_by_key("WEB-12")
    assert ("Ada Ahrens", 4 * 3600) in [(person.name, person.planned_effort) for person in task.assignees]


def test_an_unknown_task_is_not_found(client):
    with pytest.raises(NotFound):
        client().task(user_id("ada"))


@pytest.mark.parametrize("key", ["../../me", "A/B", "..", "", "ä b?x=1#y", "%2e%2e", "WEB-12\n"])
def test_an_impossible_key_is_not_sent(client, standin, key):
    with pytest.raises(NotFound):
        client().task_by_key(key)
    assert not standin.requests


def test_available_tasks_are_the_most_recently_changed(client):
    found = client().available_tasks(top=3)
    assert len(found) == 3
    assert "WEB-12" in {task.key for task in client().available_tasks()}


def test_users_by_email(client):
    assert [person.name for person in client("mona").users_by_email("paul@nordlicht.example")] == [
        "Paul O'Neill"
    ]
    assert client("mona").users_by_email("nobody@nordlicht.example") == []


@pytest.mark.parametrize("stored", ["Paul@bücher.example", "paul@xn--bcher-kva.example"])
def test_users_by_email_whose_domain_is_international(client, standin, stored):
    standin.world.change(standin.world.person("paul"), email=stored)
    assert [one.id for one in client("mona").users_by_email("PAUL@bücher.example")] == [user_id("paul")]
    assert "'paul@xn--bcher-kva.example'" in next(one.query for one in standin.requests)["filterby"]


def test_quotes_in_an_email_are_escaped(client, standin):
    assert client("mona").users_by_email("o'neill' or 'a' eq 'a@x.example") == []
    assert "o''neill'' or ''a'' eq ''a@x.example'" in standin.requests[-1].query["filterby"]


def test_archived_users_are_found_by_email_too(client, standin):
    standin.world.change(standin.world.person("paul"), is_archived=True)
    (paul,) = client("mona").users_by_email("PAUL@nordlicht.example")
    assert paul.is_archived


def test_a_user_by_id(client):
    assert client("mona").user(user_id("dora")).is_deactivated


def test_a_name_suggestion_and_none(client):
    guess = client().name_suggestion("carla.creative@studio.example")
    assert (guess.first_name, guess.last_name) == ("Carla", "Creative")
    assert client().name_suggestion("info@studio.example") is None
    assert client().name_suggestion("carla.creative@bücher.example").first_name == "Carla"
    assert client().name_suggestion("../../me@studio.example") is None


def test_a_name_suggestion_keeps_the_email_out_of_the_exchange(client, standin):
    standin.fault("GET", "/users/autofill", "status", status=500)
    with pytest.raises(Unclear) as problem:
        client().name_suggestion("carla.creative@studio.example")
    assert problem.value.exchange.path == "/users/autofill/…"
    assert "carla" not in str(problem.value)


def test_an_invitation(client, standin, copy):
    exchange = client().invite(
        task_id=copy.id,
        email="carla@studio.example",
        role_id=guest_role(standin),
        first_name="Carla",
        gender="female",
    )
    assert (exchange.method, exchange.path, exchange.status) == ("POST", "/tasks/assignuserbyemail", 200)
    assert standin.requests[-1].body == {
        "taskId": str(copy.id),
        "email": "carla@studio.example",
        "roleId": str(guest_role(standin)),
        "firstName": "Carla",
        "gender": "female",
    }


def test_activities_show_assignments_newest_first(client, standin, copy):
    client().invite(task_id=copy.id, email="carla@studio.example", role_id=guest_role(standin))
    found = client().activities(copy.id)
    assert any(activity.assigned for activity in found)
    assert [activity.at for activity in found] == sorted((activity.at for activity in found), reverse=True)


def test_assignees_are_replaced_and_efforts_set_one_by_one(client, standin, copy):
    assert client().set_assignees(copy.id, [user_id("paula"), user_id("ada")]).status == 204
    assert client().set_planned_efforts(copy.id, {user_id("ada"): 7200}).status == 204
    efforts = {person.id: person.planned_effort for person in client().task(copy.id).assignees}
    assert set(efforts) == {user_id("paula"), user_id("ada")}
    assert efforts[user_id("ada")] == 7200


def test_a_refusal_says_why(client, standin, copy):
    standin.world.seats = 1
    with pytest.raises(AworkRefused) as problem:
        client().invite(task_id=copy.id, email="carla@studio.example", role_id=guest_role(standin))
    assert problem.value.exchange.code == "insufficient-seats"
    assert problem.value.exchange.trace_id
    assert problem.value.description


def test_the_api_key_is_a_bearer_too(standin):
    assert Client(FixedToken(API_KEY)).roles()


def test_an_invalid_api_key_is_forbidden_and_not_an_expired_sign_in(standin):
    with pytest.raises(Forbidden):
        Client(FixedToken("dead")).roles()


def test_an_expired_token_is_renewed_once_and_the_request_repeated(standin, copy):
    credentials = Renewable("dead", standin.token("paula"))
    Client(credentials).invite(task_id=copy.id, email="carla@studio.example", role_id=guest_role(standin))
    assert credentials.renewals == 1
    assert [(one.path, one.status) for one in standin.requests] == [
        ("/tasks/assignuserbyemail", 401),
        ("/me", 401),
        ("/tasks/assignuserbyemail", 200),
    ]


def test_a_valid_token_is_not_renewed_for_a_missing_permission(standin):
    credentials = Renewable(standin.token("paula"), "unused")
    with pytest.raises(Forbidden):
        Client(credentials).roles()
    assert credentials.renewals == 0


def test_a_renewed_token_may_lack_the_permission_too(standin):
    credentials = Renewable("dead", standin.token("paula"))
    with pytest.raises(Forbidden):
        Client(credentials).roles()
    assert credentials.renewals == 1


def test_a_renewal_that_does_not_help_is_not_repeated(standin):
    credentials = Renewable("dead", "dead too")
    with pytest.raises(SignInExpired):
        Client(credentials).me()
    assert credentials.renewals == 1


@pytest.mark.parametrize(
    ("fault", "options", "expected"),
    [
        ("cut_before", {}, Unreachable),
        ("status", {}, Unreachable),
        ("rate_limited", {"reset": 60}, TooManyRequests),
    ],
)
def test_nothing_was_done_if_me_fails_after_a_401(standin, copy, fault, options, expected):
    credentials = Renewable("dead", "unused")
    standin.fault("GET", "/me", fault, 3, **options)
    with pytest.raises(expected) as problem:
        Client(credentials).invite(task_id=copy.id, email="carla@studio.example", role_id=guest_role(standin))
    assert problem.value.exchange.path == "/tasks/assignuserbyemail"
    assert credentials.renewals == 0


def test_other_workspaces_are_not_visible(client, copy):
    with pytest.raises(AworkRefused):
        client("otto").task(copy.id)
    assert client("otto").me().workspace.id == OTHER


def test_a_token_is_in_no_representation(standin):
    token = standin.token("paula")
    client = Client(FixedToken(token))
    assert token not in repr(client) + repr(vars(client))


def test_a_member_is_taken_out_of_a_project(client, standin):
    cafe, gustav = standin.world.task("CAF-7").project_id, user_id("gustav")
    assert gustav in client("mona").project_members(cafe)
    with pytest.raises(Forbidden):
        client("paula").remove_project_member(cafe, gustav)
    assert client("mona").remove_project_member(cafe, gustav).status == 204
    assert gustav not in client("mona").project_members(cafe)
    with pytest.raises(Forbidden):
        client("gustav").project_members(cafe)
    with pytest.raises(NotFound):
        client("mona").remove_project_member(cafe, gustav)


def test_a_user_is_deactivated_with_a_count_of_private_projects_and_activated_again(client, standin):
    ada, mona = client("ada"), user_id("mona")
    standin.world.change_project("KEY", created_by=mona)
    ended = ada.deactivate(mona)
    assert (ended.private_projects_deleted, ended.private_projects_reassigned) == (0, 1)
    assert (ended.exchange.status, ada.user(mona).is_deactivated) == (200, True)
    with pytest.raises(AworkRefused) as refused:
        ada.deactivate(mona)
    assert refused.value.exchange.code == "deactivated-user"
    ada.activate(mona)
    assert not ada.user(mona).is_deactivated
    with pytest.raises(Forbidden):
        client("paula").deactivate(mona)


def test_a_deactivation_without_a_summary_has_no_counts(client, standin):
    standin.fault("POST", "/deactivate", "status", status=204, body="")
    ended = client("ada").deactivate(user_id("mona"))
    assert (ended.private_projects_deleted, ended.private_projects_reassigned) == (None, None)
    standin.fault("POST", "/deactivate", "wrong_shape")
    with pytest.raises(Unclear):
        client("ada").deactivate(user_id("mona"))


def test_a_comment_is_added_and_found_again(client, copy):
    made = client("paula").add_comment(copy.id, "Hello", is_hidden_for_connect=True)
    assert (made.user_id, made.text) == (user_id("paula"), "Hello")
    client("ada").add_comment(copy.id, "Thanks", is_hidden_for_connect=False)
    assert [one.text for one in client("mona").comments(copy.id)] == ["Thanks", "Hello"]
    with pytest.raises(Forbidden):
        client("gustav").comments(copy.id)


def test_webhooks_are_added_listed_turned_on_and_deleted(client, standin):
    ada, hook = client("ada"), ("Desk", "https://desk.example/", ["user_added", "user_deleted"], "X-Key=abc")
    made = ada.add_webhook(*hook)
    assert (made.uri, made.events, made.is_active) == (hook[1], "user_added,user_deleted", True)
    (kept,) = standin.world.webhooks.values()
    assert (kept.authentication_type, kept.authentication) == ("header", "X-Key=abc")
    standin.world.webhooks[kept.id] = replace(kept, is_active=False, last_failure_reason="10 failures")
    assert [(one.is_active, one.last_failure) for one in client("mona").webhooks()] == [
        (False, "10 failures")
    ]
    assert ada.turn_on_webhook(made.id, *hook).is_active
    for refused in ("mona", "paula"):
        with pytest.raises(Forbidden):
            client(refused).add_webhook(*hook)
    ada.delete_webhook(made.id)
    assert ada.webhooks() == []
    with pytest.raises(NotFound):
        ada.delete_webhook(made.id)


def test_users_created_in_a_time_are_listed(client, standin):
    old, new = standin.world.person("paul"), standin.world.person("zoe")
    days = [datetime(2026, 11, day, 12, tzinfo=UTC) for day in (5, 6, 7)]
    standin.world.change(old, created_on=days[0])
    standin.world.change(new, created_on=days[1])
    ada = client("ada")
    assert [one.id for one in ada.users_created_between(days[1], days[2])] == [new.id]
    assert [one.id for one in ada.users_created_between(days[0], days[0])] == [old.id]
