"""What the page of a list shows."""

import pytest
from django.http import QueryDict

from invites.batches.form import InviteManyForm
from invites.batches.lines import Line, write
from invites.batches.page import MAX_EDITABLE, MAX_NAMED, checked_page, entry_page
from tests.invites.conftest import actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(ada):
    def make(*lines, **fields):
        data = QueryDict(mutable=True)
        data.update({"checked": write(lines), "task": "WEB-12", "role": "guest"} | fields)
        form = InviteManyForm(data)
        assert form.is_valid()
        return checked_page(form, ada, by=actor(ada))

    return make


def said(page):
    return {field: [str(one.text) for one in messages] for field, messages in page.messages.items()}


def test_guests_are_ready_not_ready_or_left_out(page):
    shown = page(Line(1, "a@x.example"), Line(2, "b@"), Line(3, "c@x.example"), skip="3")
    assert [[row.line.number for row in rows] for rows in (shown.ready, shown.not_ready, shown.skipped)] == [
        [1],
        [2],
        [3],
    ]
    assert [str(row.verdict) for row in shown.rows] == ["Ready", "To correct", "Left out"]


def test_only_some_can_be_corrected_at_once(page):
    shown = page(*(Line(number, "x@") for number in range(1, MAX_EDITABLE + 3)))
    assert sum(row.is_editable for row in shown.rows) == shown.max_editable == MAX_EDITABLE
    assert shown.numbers_not_ready.endswith(f"{MAX_NAMED}, …")
    assert page(Line(1, "x@")).max_editable is None


def test_where_only_the_task_for_all_is_wrong_there_is_nothing_to_correct_in_a_line(page):
    shown = page(Line(1, "a@x.example"), Line(2, "b@x.example", task="NO-2"), task="NO-1")
    assert [row.is_editable for row in shown.rows] == [False, True]


def test_a_guest_is_corrected_in_the_fields_that_the_list_has(page):
    [row] = page(Line(1, "x@", gender="?", task="WEB-13")).rows
    assert [one.name for one in row.inputs] == ["email", "first_name", "last_name", "gender", "task"]
    assert {one.name for one in row.inputs if one.is_wrong} == {"email", "gender"}
    gender = row.inputs[3]
    assert (gender.value, gender.choices[0]) == ("?", ("?", "?"))


def test_a_guest_is_shown_as_checked(page):
    [row] = page(Line(1, "Carla Creative <CARLA@x.example>")).rows
    assert (row.email, row.name) == ("CARLA@x.example", "Carla Creative")


@pytest.mark.parametrize(
    ("line", "fields", "messages"),
    [
        (Line(1, "a@x.example"), {}, {}),
        (Line(1, "a@x.example", task="WEB-12"), {"task": ""}, {}),
        (
            Line(1, "a@x.example"),
            {"task": ""},
            {"task": ["Enter the task for the guests without one of their own."]},
        ),
        (
            Line(1, "a@x.example"),
            {"task": "WEB-999"},
            {"task": ["Task not found, or you don't have access to it."]},
        ),
        (Line(1, "a@x.example"), {"role": "nobody"}, {"role": ["Choose one of the roles shown."]}),
    ],
)
def test_a_wrong_task_or_role_of_all_is_said_at_its_field(page, line, fields, messages):
    assert said(page(line, **fields)) == messages


def test_the_entry_has_the_default_role(ada):
    assert entry_page(InviteManyForm(initial={}), ada).role.is_guest
    assert entry_page(InviteManyForm(initial={"role": "team-lead"}), ada).role.name == "Team lead"


def test_the_roles_stay_where_awork_fails(ada, standin):
    entry_page(InviteManyForm(initial={}), ada)
    standin.fault("GET", "/roles", "cut_before", None)
    assert entry_page(InviteManyForm(initial={}), ada).roles
