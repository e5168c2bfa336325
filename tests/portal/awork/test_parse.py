"""awork's JSON: complete, minimal and invalid."""

from copy import deepcopy
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.awork import parse
from portal.awork.fields import InvalidPayload
from portal.awork.schemas import Activity, Assignee, AworkUser, NameSuggestion, Project, Role, Workspace

TASK_ID = "00000000-0000-4000-8000-000000000001"
ADA_ID = "00000000-0000-4000-8000-000000000002"
PROJECT_ID = "00000000-0000-4000-8000-000000000003"

ADA = {
    "id": ADA_ID,
    "firstName": "Ada",
    "lastName": "Özil",
    "plannedEffort": 7200,
    "isDistributedPlannedEffort": False,
}
TASK = {
    "id": TASK_ID,
    "taskIdentifier": "WEB-12",
    "name": "Write <b>copy</b>",
    "baseType": "projecttask",
    "projectId": PROJECT_ID,
    "project": {"id": PROJECT_ID, "name": "Website"},
    "taskStatus": {"name": "Under way", "type": "progress"},
    "assignees": [ADA],
}
USER = {
    "id": ADA_ID,
    "firstName": "Ada",
    "lastName": None,
    "status": {"invitationAccepted": True, "isDeactivated": False},
    "userContactInfos": [
        {"type": "phone", "value": "+49 30 1234"},
        {"type": "email", "value": "ada@studio.example"},
        {"type": "email", "value": "second@studio.example"},
    ],
}
ME = USER | {"workspace": {"id": PROJECT_ID, "name": "Nordlicht Studio", "url": None}}
PERMISSION = {"userId": TASK_ID, "isAdmin": False, "isGuest": False, "isBlocked": False, "permissions": None}
ROLE = {
    "id": TASK_ID,
    "name": "Guest",
    "isAdminRole": False,
    "isGuestRole": True,
    "isAgentRole": False,
    "isArchived": False,
}
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(TASK_ID),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*TASK, *ME, *ROLE, *ADA]), inner),
    max_leaves=20,
)


def without(value, *path):
    """A copy that lacks the field at the end of this path."""
    copy = deepcopy(value)
    inner = copy
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    return copy


def test_a_task_with_assignees():
    task = parse.task(TASK)
    assert (str(task.id), task.key, task.name) == (TASK_ID, "WEB-12", "Write <b>copy</b>")
    assert (task.project, str(task.project_id)) == ("Website", PROJECT_ID)
    assert (task.status, task.is_done, task.is_private) == ("Under way", False, False)
    assert task.assignees == (Assignee(UUID(ADA_ID), "Ada", "Özil", 7200, False),)


@pytest.mark.parametrize("status", ["done", "closed"])
def test_a_completed_task(status):
    assert parse.task(TASK | {"taskStatus": {"type": status}}).is_done


def test_a_private_task_has_no_project():
    task = parse.task(TASK | {"baseType": "private", "projectId": None, "project": None})
    assert task.is_private
    assert task.project_id is None


def test_assignees_may_be_empty_or_null_but_not_missing():
    assert parse.task(TASK | {"assignees": []}).assignees == ()
    assert parse.task(TASK | {"assignees": None}).assignees == ()
    with pytest.raises(InvalidPayload):
        parse.task(without(TASK, "assignees"))


@pytest.mark.parametrize("field", ["id", "plannedEffort", "isDistributedPlannedEffort"])
def test_an_assignee_needs_the_fields_for_restoring_them(field):
    with pytest.raises(InvalidPayload):
        parse.task(TASK | {"assignees": [without(ADA, field)]})


@pytest.mark.parametrize(
    "change",
    [
        {"id": None},
        {"id": "not-an-id"},
        {"id": 7},
        {"name": 7},
        {"projectId": "x"},
        {"project": "Website"},
        {"taskStatus": ["done"]},
        {"assignees": {}},
        {"assignees": [None]},
        {"assignees": [ADA | {"plannedEffort": "7200"}]},
        {"assignees": [ADA | {"plannedEffort": True}]},
        {"assignees": [ADA | {"plannedEffort": -1}]},
        {"assignees": [ADA | {"plannedEffort": 2**31}]},
        {"assignees": [ADA | {"plannedEffort": 7200.5}]},
    ],
)
def test_a_mistyped_field_of_a_task_is_invalid(change):
    with pytest.raises(ValueError):
        parse.task(TASK | change)


def test_a_search_result_has_assignees_without_efforts():
    entity = TASK | {"assignees": [{"id": ADA_ID, "firstName": "Ada", "lastName": None}]}
    (task,) = parse.task_hits({"taskHits": {"hits": [{"entity": entity}]}})
    assert [person.name for person in task.assignees] == ["Ada"]


def test_null_is_not_an_empty_list_of_users():
    assert parse.users([]) == []
    with pytest.raises(ValueError):
        parse.users(None)


@pytest.mark.parametrize("found", [{}, {"taskHits": None}, {"taskHits": {"hits": None}}])
def test_a_search_without_results(found):
    assert parse.task_hits(found) == []


def test_a_users_email_is_the_first_among_the_contact_infos():
    person = parse.user(USER)
    others = ("second@studio.example",)
    assert person == AworkUser(
        UUID(ADA_ID), "Ada", "", "ada@studio.example", invitation_accepted=True, other_emails=others
    )
    assert person.name == "Ada"


def test_a_users_email_has_a_readable_domain():
    contact = {"type": "email", "value": "Ada@xn--bcher-kva.example"}
    assert parse.user(USER | {"userContactInfos": [contact]}).email == "Ada@bücher.example"
    odd = {"type": "email", "value": "ada@"}
    assert parse.user(USER | {"userContactInfos": [odd]}).email == "ada@"


def test_a_user_without_an_email():
    assert parse.user(USER | {"userContactInfos": None}).email == ""


def test_deactivated_is_in_either_of_two_fields():
    assert parse.user(USER | {"isDeactivated": True}).is_deactivated
    gone = {"invitationAccepted": True, "isDeactivated": True}
    assert parse.user(USER | {"status": gone}).is_deactivated


@pytest.mark.parametrize("accepted", [True, False])
def test_whether_a_user_accepted_their_invitation(accepted):
    status = USER["status"] | {"invitationAccepted": accepted}
    assert parse.user(USER | {"status": status}).invitation_accepted is accepted


@pytest.mark.parametrize("status", [{}, {"invitationAccepted": None}, {"invitationAccepted": "yes"}])
def test_invitation_accepted_is_optional(status):
    me = parse.me(ME | {"status": {"isDeactivated": False} | status})
    assert me.user.invitation_accepted is None


def test_me_with_the_workspace():
    me = parse.me(ME)
    assert me.workspace == Workspace(UUID(PROJECT_ID), "Nordlicht Studio")
    assert me.user.email == "ada@studio.example"


@pytest.mark.parametrize(
    "path", [("id",), ("workspace",), ("workspace", "id"), ("status",), ("status", "isDeactivated")]
)
def test_me_needs_the_fields_for_admission(path):
    with pytest.raises(InvalidPayload):
        parse.me(without(ME, *path))


def test_permissions_are_pairs_of_feature_and_level():
    granted = [{"feature": "workspace-manage-config", "accessLevels": ["read", "write"]}]
    found = parse.permissions({"userPermission": PERMISSION | {"permissions": granted}})
    assert found.can_list_roles
    assert not found.can_list_users


def test_role_permissions_are_such_pairs_and_not_null():
    told = [{"feature": "user-manage-config", "accessLevels": ["read", "write"]}, {"feature": "other"}]
    assert parse.role_features(told) == {("user-manage-config", "read"), ("user-manage-config", "write")}
    with pytest.raises(InvalidPayload):
        parse.role_features(None)


@pytest.mark.parametrize("field", ["userId", "isAdmin", "isGuest", "isBlocked"])
def test_permissions_have_no_defaults(field):
    with pytest.raises(InvalidPayload):
        parse.permissions({"userPermission": without(PERMISSION, field)})


def test_a_role():
    assert parse.roles([ROLE]) == [Role(UUID(TASK_ID), "Guest", is_guest=True)]


@pytest.mark.parametrize("field", ["id", "isAdminRole", "isGuestRole", "isAgentRole", "isArchived"])
def test_a_role_needs_all_flags(field):
    with pytest.raises(InvalidPayload):
        parse.roles([without(ROLE, field)])


def test_a_project():
    found = parse.projects([{"id": PROJECT_ID, "name": "Website", "projectKey": None}])
    assert found == [Project(UUID(PROJECT_ID), "Website")]
    with pytest.raises(InvalidPayload):
        parse.projects([{"name": "Website"}])


@pytest.mark.parametrize(
    ("value", "several"), [(True, True), (False, False), (None, None), ("true", None), (1, None)]
)
def test_only_a_true_flag_lets_a_project_have_several_assignees(value, several):
    fields = {"id": PROJECT_ID, "name": "Website", "isMultiAssignmentAllowed": value}
    assert parse.project(fields).allows_several_assignees is several


@pytest.mark.parametrize("shape", [parse.permission_features, parse.user_ids])
def test_lists_that_prove_something_are_not_null(shape):
    with pytest.raises(InvalidPayload):
        shape(None)


def test_a_name_suggestion():
    suggested = {"firstName": "Ada", "lastName": None, "gender": "female"}
    assert parse.name_suggestion(suggested) == NameSuggestion("Ada", "")


def test_an_activity():
    at = "2026-11-23T08:00:00Z"
    found = parse.activities([{"createdOn": at, "assignedUserId": ADA_ID}, {"createdOn": at}])
    assert found == [Activity(at, UUID(ADA_ID)), Activity(at, None)]


@pytest.mark.parametrize(
    "shape",
    [
        parse.me,
        parse.users,
        parse.permissions,
        parse.roles,
        parse.role_features,
        parse.projects,
        parse.task,
        parse.task_hits,
        parse.name_suggestion,
        parse.activities,
        parse.tasks,
        parse.user,
    ],
)
@given(value=ANYTHING)
def test_any_json_is_parsed_or_invalid(shape, value):
    try:
        shape(value)
    except ValueError:
        return


def test_a_key_is_truncated_to_the_length_of_its_column():
    assert len(parse.task(TASK | {"taskIdentifier": "W" * 50}).key) == 40
