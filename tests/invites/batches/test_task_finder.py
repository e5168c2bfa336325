import pytest
from django.core.cache import cache

from invites.batches.task_finder import MAX_TASKS, TaskFinder
from invites.lookup.awork import AworkLookup

pytestmark = pytest.mark.django_db


def test_a_task_has_the_setting_of_its_project(paula, standin):
    finder = TaskFinder(AworkLookup(paula))

    assert finder.find("POD-1").allows_several_assignees is False
    assert finder.find(f"https://nordlicht.awork.com/tasks/{standin.world.task('WEB-12').id}").key == "WEB-12"


def test_every_spelling_of_a_key_is_one_question(paula, standin):
    finder = TaskFinder(AworkLookup(paula))
    standin.requests.clear()

    for text in ("WEB-12", "web-12", "[WEB-12]", "WEB12"):
        cache.clear()  # which may drop any entry
        assert finder.find(text).key == "WEB-12"
    assert standin.count("GET", "/tasks/") == 1


@pytest.mark.parametrize("text", ["", "some words", "WEB-99999"])
def test_what_names_no_task_finds_none(paula, text):
    assert TaskFinder(AworkLookup(paula)).find(text) is None


def test_after_so_many_tasks_only_known_ones_are_found(paula):
    finder = TaskFinder(AworkLookup(paula), dict.fromkeys((f"WEB-{n}" for n in range(MAX_TASKS)), None))

    assert finder.may_find("web-7")
    assert finder.may_find("some words")
    assert not finder.may_find(f"WEB-{MAX_TASKS}")
