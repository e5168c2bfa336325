from dataclasses import replace
from uuid import uuid4

import pytest

from invites.draft import FieldMessage
from invites.models import Invitation
from invites.preview import Preview, join_names, missing_names
from portal.awork.schemas import Assignee, Role, Task

ROLE = Role(uuid4(), "Guest", is_guest=True)


def task(*join_names):
    people = tuple(Assignee(uuid4(), *name) for name in join_names)
    return Task(uuid4(), "WEB-1", "Write copy", assignees=people, allows_several_assignees=True)


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
    assert Preview(task=task(*people)).assignee_names == words


@pytest.mark.parametrize(
    ("known", "lacking"),
    [
        ({}, "task, role, e-mail"),
        ({"role": ROLE, "task": task()}, "e-mail"),
        ({"email": "c@creative.example", "role": ROLE, "task": task()}, ""),
    ],
)
def test_what_is_still_to_enter_is_said(known, lacking):
    assert Preview(**known).missing == lacking


FILLED = Preview("c@creative.example", "Carla", "Creative", "female", ROLE, task(("Ada", "Ahrens")))


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, "ready"),
        ({"email": ""}, "missing"),
        ({"problems": [FieldMessage("Task not found.")]}, "denied"),
        ({"email": "", "problems": [FieldMessage("Task not found.")]}, "denied"),
        ({"is_known": False}, "unknown"),
    ],
)
def test_the_verdict_names_what_stands_in_the_way(changes, verdict):
    assert replace(FILLED, **changes).verdict == verdict


@pytest.mark.parametrize(
    "changes",
    [
        {"email": "d@creative.example"},
        {"first_name": "Karla"},
        {"last_name": ""},
        {"gender": ""},
        {"role": Role(uuid4(), "Guest", is_guest=True)},
        {"task": task(("Ada", "Ahrens"))},
        {"keep_assignees": False},
        {"first_name": "", "last_name": "Carla Creative"},
    ],
)
def test_whatever_is_sent_is_in_the_fingerprint(changes):
    assert replace(FILLED, **changes).fingerprint != FILLED.fingerprint


def test_who_will_be_unassigned_is_in_the_fingerprint():
    alone = replace(FILLED, keep_assignees=False)
    another = replace(alone.task, assignees=(Assignee(uuid4(), "Paul", ""),))

    assert replace(alone, task=another).fingerprint != alone.fingerprint
    assert replace(FILLED, task=another).fingerprint == FILLED.fingerprint


@pytest.mark.parametrize(
    ("keep", "several", "stay"),
    [
        (True, True, True),
        (True, False, False),
        (True, None, None),
        (False, True, False),
        (False, None, False),
    ],
)
def test_assignees_stay_only_where_a_task_is_known_to_have_room(keep, several, stay):
    one = replace(FILLED, keep_assignees=keep, task=replace(FILLED.task, allows_several_assignees=several))

    assert one.assignees_stay is stay
    assert (one.fingerprint == FILLED.fingerprint) is (stay is True)


def test_who_is_missing_is_named_in_full():
    people = [{"first_name": "Ada", "last_name": "Ahrens"}, {"first_name": "", "last_name": ""}]

    assert missing_names(Invitation(assignees_missing=people)) == "Ada Ahrens and someone without a name"


def test_people_without_a_name_are_counted_at_the_end():
    assert join_names(["", "Ada", "", "Paul"]) == "Ada, Paul and 2 people without a name"
