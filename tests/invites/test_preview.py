from uuid import uuid4

import pytest

from invites.models import Invitation
from invites.preview import Preview, join_names, missing_names
from portal.awork.schemas import Assignee, Role, Task

ROLE = Role(uuid4(), "Guest", is_guest=True)


def task(*join_names):
    people = tuple(Assignee(uuid4(), *name) for name in join_names)
    return Task(uuid4(), "WEB-1", "Write copy", assignees=people)


@pytest.mark.parametrize(
    ("people", "words"),
    [
        ([], ""),
        ([("Ada", "Ahrens")], "Ada"),
        ([("Ada", "Ahrens"), ("Paul", "")], "Ada and Paul"),
        ([("Ada", "Ahrens"), ("", "Paulsen"), ("", "")], "Ada, Paulsen and someone without a name"),
    ],
)
def test_who_stays_is_said_by_first_names(people, words):
    assert Preview("", "", ROLE, task(*people), keep_assignees=True).assignee_names == words


@pytest.mark.parametrize(
    ("known", "lacking"),
    [
        (("", "", None, None), "the task, the role and the guest's address"),
        (("", "", ROLE, task()), "the guest's address"),
        (("", "c@creative.example", ROLE, task()), ""),
    ],
)
def test_what_is_still_to_enter_is_said(known, lacking):
    assert Preview(*known, keep_assignees=True).missing == lacking


def test_who_is_missing_is_named_in_full():
    people = [{"first_name": "Ada", "last_name": "Ahrens"}, {"first_name": "", "last_name": ""}]

    assert missing_names(Invitation(assignees_missing=people)) == "Ada Ahrens and someone without a name"


def test_people_without_a_name_are_counted_at_the_end():
    assert join_names(["", "Ada", "", "Paul"]) == "Ada, Paul and 2 people without a name"
