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
    "members": ("carla@creative.example", "/users"),
}


@pytest.mark.parametrize("question", ASK)
def test_the_same_question_is_asked_once(paula, standin, question):
    about, path = ASK[question]
    paula.can_list_users = True
    standin.requests.clear()
    answers = [getattr(AworkLookup(paula), question)(about) for _ in range(3)]

    assert answers[0] == answers[1] == answers[2]
    assert standin.count("GET", path) == 1


def test_after_a_minute_it_is_asked_again(paula, standin):
    standin.requests.clear()
    AworkLookup(paula).tasks("copy")
    with time_machine.travel(timezone.now() + timedelta(seconds=61)):
        AworkLookup(paula).tasks("copy")

    assert standin.count("GET", "/search") == 2


def test_another_person_gets_an_answer_of_their_own(paula, standin, sign_in, client):
    task = standin.world.task("KEY-1").id  # of a private project that Mona is in
    assert AworkLookup(paula).task(task) is None
    sign_in(client, "mona")
    mona = type(paula).objects.get(awork_id=standin.world.person("mona").id)

    assert AworkLookup(mona).task(task).key == "KEY-1"


@pytest.mark.parametrize("task", ["KEY-1", "SUD-1", "WEB-99999"])
def test_what_awork_does_not_show_is_none(paula, task):
    assert AworkLookup(paula).task_by_key(task) is None


def test_an_unknown_id_is_none(paula):
    assert AworkLookup(paula).task(uuid4()) is None


def test_trouble_is_not_remembered(paula, standin):
    standin.fault("GET", "/search", kind="status", status=500)
    with pytest.raises(Unclear):
        AworkLookup(paula).tasks("copy")

    assert AworkLookup(paula).tasks("copy")


def test_a_guess_that_awork_refuses_to_make_is_none(paula, standin):
    standin.fault("GET", "/users/autofill", kind="status", status=400)

    assert AworkLookup(paula).name_suggestion("carla@creative.example") is None


def test_no_address_stands_in_the_keys_of_the_cache(paula):
    AworkLookup(paula).name_suggestion("carla@creative.example")

    assert not [key for key in cache._cache if "carla" in key]


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_the_renewal_of_somebody_else(paula, standin, sign_in, client):
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
