from uuid import UUID, uuid4

import pytest

from invites.lookup import tasks
from portal.awork.schemas import Task
from tests.cases import rows

ID = "6d1f3f0e-6a0e-4c7e-9d8b-2f4a5b6c7d8e"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (ID, ID),
        (f"  {ID} ", ID),
        ("WEB-12", "WEB-12"),
        ("web-12", "WEB-12"),
        ("ÜBER-1", "ÜBER-1"),
        (f"https://nordlicht.awork.com/tasks/{ID}", ID),
        (f"https://nordlicht.awork.com/tasks/{ID}/details?tab=1#top", ID),
        ("https://nordlicht.awork.com/tasks/WEB-12/details", "WEB-12"),
        (f"https://app.awork.com/tasks/{ID}", ID),
        (f"https://app.awork.com/projects/{ID}/tasks/{ID}", ID),
        (f"https://app.awork.com/projects/{ID}", ""),
        (f"https://app.awork.com/projects/{ID}/tasks", ""),
        ("https://app.awork.com/tasks/", ""),
        (f"https://evil.example/tasks/{ID}", ""),
        (f"https://evilawork.com/tasks/{ID}", ""),
        ("write copy", ""),
        ("WEB-", ""),
        ("-12", ""),
        ("WEB-12 Write copy", ""),
        ("[WEB-12] and [WEB-13]", ""),
        ("covid-19 page", ""),
        ("WEB12", "WEB-12"),
        ("see #WEB-12 please", "WEB-12"),
        ("ada@awork.com", ""),
        (
            "https://scan.example/?url=https%3A%2F%2Fnordlicht.awork.com%2Ftasks%2FWEB-12%2Fdetails&data=1",
            "WEB-12",
        ),
        ("https://scan.example/v3/__https://nordlicht.awork.com/tasks/WEB-12__;!!abc", "WEB-12"),
        ("https://[broken", ""),
        ("", ""),
    ],
)
def test_references_to_tasks_are_recognized(text, name):
    assert tasks.parse_reference(text) == name


@pytest.mark.parametrize(("text", "right"), [row[1:] for row in rows("paste") if row[0] == "task"])
def test_what_people_paste_names_the_task(text, right):
    named = {"WEB-12": {"WEB-12", "3a0a3c81-08b4-5c7d-a274-9bdd0b433650"}, "refused": {""}}

    assert tasks.parse_reference(text) in named[right]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("WEB-9999", tasks.NOT_FOUND),
        (str(UUID(int=7)), tasks.NOT_FOUND),
        (f"https://app.awork.com/projects/{ID}", tasks.NOT_A_TASK_LINK),
        ("write copy", tasks.PICK_TASK),
    ],
)
def test_the_message_depends_on_the_input(text, why):
    assert tasks.not_found_message(text) == why


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("web-12", True),
        (" WEB-12 ", True),
        ("https://nordlicht.awork.com/tasks/WEB-12/details", True),
        ("WEB-1", False),
        ("write copy", False),
        ("", False),
    ],
)
def test_an_id_key_or_link_names_its_task(text, named):
    assert tasks.names(text, Task(uuid4(), "WEB-12", "Write copy")) is named


def test_a_task_without_a_key_is_named_by_its_id():
    task = Task(uuid4(), "", "Write copy")

    assert tasks.names(str(task.id), task)
    assert not tasks.names("write copy", task)


def test_the_link_of_a_task_leads_to_it():
    assert tasks.parse_reference(tasks.task_url(UUID(ID))) == ID
