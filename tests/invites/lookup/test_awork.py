import time
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.cache import cache
from django.utils import timezone

from invites.lookup.awork import AworkLookup
from portal.awork.errors import Unclear
from portal.models import AworkToken
from tests.threads import at_once

pytestmark = pytest.mark.django_db
ASK = {
    "tasks": ("words", "/search"),
    "task_by_key": ("WEB-12", "/tasks/key/"),
    "name_suggestion": ("carla@creative.example", "/users/autofill/"),
    "users": ("carla@creative.example", "/users"),
}


@pytest.mark.parametrize("question", ASK)
def test_the_same_request_is_made_once(paula, standin, question):
    about, path = ASK[question]
    paula.can_list_users = paula.sees_all_users = True
    standin.requests.clear()
    answers = [getattr(AworkLookup(paula), question)(about) for _ in range(3)]

    assert answers[0] == answers[1] == answers[2]
    assert standin.count("GET", path) == 1


def test_the_cache_expires_after_a_minute(paula, standin):
    standin.requests.clear()
    AworkLookup(paula).tasks("copy")
    with time_machine.travel(timezone.now() + timedelta(seconds=61)):
        AworkLookup(paula).tasks("copy")

    assert standin.count("GET", "/search") == 2


def test_the_cache_is_separate_for_each_user(paula, standin, sign_in, client):
    task = standin.world.task("KEY-1").id  # of a private project that Mona is in
    assert AworkLookup(paula).task(task) is None
    sign_in(client, "mona")
    mona = type(paula).objects.get(awork_id=standin.world.person("mona").id)

    assert AworkLookup(mona).task(task).key == "KEY-1"


@pytest.mark.parametrize("task", ["KEY-1", "SUD-1", "WEB-99999"])
def test_hidden_and_unknown_tasks_are_none(paula, task):
    assert AworkLookup(paula).task_by_key(task) is None


def test_an_unknown_id_is_none(paula):
    assert AworkLookup(paula).task(uuid4()) is None


def test_errors_are_not_cached(paula, standin):
    standin.fault("GET", "/search", kind="status", status=500)
    with pytest.raises(Unclear):
        AworkLookup(paula).tasks("copy")

    assert AworkLookup(paula).tasks("copy")


def test_a_refused_name_suggestion_is_none(paula, standin):
    standin.fault("GET", "/users/autofill", kind="status", status=400)

    assert AworkLookup(paula).name_suggestion("carla@creative.example") is None


def test_the_cache_keys_contain_no_address(paula):
    AworkLookup(paula).name_suggestion("carla@creative.example")

    assert not [key for key in cache._cache if "carla" in key]


@pytest.mark.django_db(transaction=True)
def test_users_do_not_wait_for_another_users_token_refresh(paula, standin, sign_in, client):
    sign_in(client, "mona")
    mona = type(paula).objects.get(awork_id=standin.world.person("mona").id)
    AworkToken.objects.filter(user=paula).update(expires_at=timezone.now() - timedelta(seconds=1))
    standin.fault("POST", "/accounts/token", "delay_before", seconds=2)
    (slow,) = standin.faults.pending

    def work(number):
        while number and slow.times:  # until Paula's renewal has arrived at awork
            time.sleep(0.01)
        began = time.monotonic()
        assert AworkLookup(mona if number else paula).client
        return time.monotonic() - began

    renewed, other = at_once(2, work)
    assert renewed > 1.9
    assert other < 1
