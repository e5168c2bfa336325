"""The number in the top bar."""

from datetime import timedelta

import pytest
import time_machine
from django.db import OperationalError, connection
from django.template import Context, Template
from django.test import RequestFactory

from invites.audit.models import Event
from invites.templatetags.attention import SECONDS
from portal import clock
from tests.invites.factories import invitation, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def paula():
    return person()


def number(user):
    request = RequestFactory().get("/")
    request.user = user
    return Template("{% load attention %}{% attention_count %}").render(Context({"request": request}))


def test_it_is_the_number_of_all_items(paula):
    invitation(paula, state="unclear")
    invitation(paula, state="not_sent")
    assert number(paula) == "2"


def test_it_is_some_seconds_old_at_most(paula):
    assert number(paula) == ""
    invitation(paula, state="unclear")
    assert number(paula) == ""
    with time_machine.travel(clock.now() + timedelta(seconds=SECONDS + 1)):
        assert number(paula) == "1"


def test_it_follows_the_page_of_the_items_at_once(client, paula):
    assert number(paula) == ""
    invitation(paula, state="unclear")
    client.force_login(paula)
    client.get("/attention/")
    assert number(paula) == "1"


def test_many_are_not_counted_out(paula):
    for _ in range(100):
        invitation(paula, state="unclear")
    assert number(paula) == "99+"


def test_a_page_asks_once(client, paula, django_assert_max_num_queries):
    invitation(paula, state="unclear", attempted_at=clock.now())
    client.force_login(paula)
    with django_assert_max_num_queries(7) as asked:
        page = client.get("/attention/").text
    assert '<span class="count">1</span></a>' in page
    assert len([one for one in asked.captured_queries if "COUNT(*)" in one["sql"]]) == 1


def test_a_lost_database_says_nothing(paula):
    def away(execute, sql, params, many, context):
        raise OperationalError

    with connection.execute_wrapper(away):
        assert number(paula) == ""


def test_visitors_and_pages_without_a_request_go_without(client):
    assert "count" not in client.get("/login/").text
    assert Template("{% load attention %}{% attention_count %}").render(Context()) == ""


def test_only_its_own_link_has_a_count(client):
    ada = person("Ada Ahrens", role="administrator")
    client.force_login(ada)
    list(client.get("/guests/export.csv").streaming_content)  # an event, whose page has a count of events
    page = client.get(f"/audit/{Event.objects.get(type='guests-exported').sequence}/").content.decode()
    assert 'class="count"' not in page.partition('<nav aria-label="Main">')[2].partition("</nav>")[0]
