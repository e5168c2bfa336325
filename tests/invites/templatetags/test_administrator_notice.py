"""Where the notice stands."""

import pytest
from django.template import Context, Template

from invites.models import WorkerProcess
from invites.worker import registered

pytestmark = pytest.mark.django_db
NOTICE = "No worker is running: batches, checks and deliveries wait."
LINK = '<a href="/status/">See the status</a>'


@pytest.mark.parametrize(
    "path", ["/invite/", "/invitations/", "/audit/", "/members/", "/account/", "/missing/"]
)
def test_it_stands_on_every_page_of_an_administrator(client, ada, path):
    page = client.get(path).text
    assert page.count(NOTICE) == 1
    assert page.index("<main") < page.index(NOTICE) < page.index(LINK) < page.index("<h1")


def test_the_page_that_it_leads_to_says_it_itself(client, ada):
    assert NOTICE not in client.get("/status/").text


def test_fragments_do_not_have_it(client, ada):
    fragment = client.get("/invitations/", headers={"HX-Request": "true"}).text
    assert "<main" not in fragment
    assert NOTICE not in fragment


def test_managers_do_not_have_it(client, paula):
    assert NOTICE not in client.get("/invite/").text


def test_it_goes_when_a_worker_runs(client, ada):
    with registered():
        assert WorkerProcess.objects.count() == 1
        assert NOTICE not in client.get("/invite/").text


def test_a_page_without_a_request_goes_without():
    assert (
        Template("{% load administrator_notice %}{% administrator_notice %}").render(Context()).strip() == ""
    )
