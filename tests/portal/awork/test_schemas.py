"""Properties derived from awork's data."""

from uuid import uuid4

import pytest

from portal.awork.schemas import Assignee, AworkPermissions, AworkUser, Task


@pytest.mark.parametrize(
    ("admin", "features", "roles", "users"),
    [
        (True, set(), True, True),
        (False, set(), False, False),
        (False, {("workspace-manage-config", "read")}, True, False),
        (False, {("user-master-data", "read")}, False, True),
        (False, {("user-master-data", "write"), ("workspace-manage-config", "write")}, False, False),
    ],
)
def test_permissions_to_list_roles_and_users(admin, features, roles, users):
    found = AworkPermissions(uuid4(), admin, is_guest=False, is_blocked=False, features=frozenset(features))

    assert (found.can_list_roles, found.can_list_users) == (roles, users)


@pytest.mark.parametrize(
    ("first", "last", "name"), [("Ada", "Ahrens", "Ada Ahrens"), ("", "Ahrens", "Ahrens"), ("", "", "")]
)
def test_an_assignee_may_have_no_name(first, last, name):
    assert Assignee(uuid4(), first, last).name == name


def test_a_user_without_a_name_is_named_by_email():
    assert AworkUser(uuid4(), "", "", "ada@studio.example").name == "ada@studio.example"


@pytest.mark.parametrize(
    ("kind", "done"), [("done", True), ("closed", True), ("todo", False), ("stuck", False)]
)
def test_a_task_is_done_by_the_type_of_its_status(kind, done):
    assert Task(uuid4(), "WEB-1", "Write copy", status="Any name", status_type=kind).is_done is done
